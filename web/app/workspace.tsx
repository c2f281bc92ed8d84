import { Suspense } from 'react';
import { Skeleton } from '../parts/skeleton.tsx';
import { LiveUpdates } from './live.tsx';
import { PageErrors } from './page-errors.tsx';
import { Pages } from './pages.tsx';
import { Shell } from './shell.tsx';

/** What a signed-in user sees: the frame, and in it the page of the address. */
export function Workspace() {
  return (
    <LiveUpdates>
      <Shell>
        <PageErrors>
          <Suspense fallback={<Skeleton lines={8} />}>
            <Pages />
          </Suspense>
        </PageErrors>
      </Shell>
    </LiveUpdates>
  );
}
