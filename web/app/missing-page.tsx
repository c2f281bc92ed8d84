import { LinkButton } from '../parts/link-button.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { paths } from './paths.ts';

export function MissingPage() {
  return (
    <>
      <PageHeader title="No such page" />
      <Notice
        icon="empty"
        title="There is nothing at this address."
        action={<LinkButton href={paths.overview()}>To the overview</LinkButton>}
      >
        The link may be old or mistyped. The search finds images, vulnerabilities, packages, runs and teams by name.
      </Notice>
    </>
  );
}
