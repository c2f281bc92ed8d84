import { Link } from 'wouter';
import type { Image } from '../../../src/service/api/contract/images.ts';
import { paths } from '../../app/paths.ts';
import { Digest } from '../../parts/digest.tsx';
import { DueTime } from '../../parts/due-time.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Panel } from '../../parts/panel.tsx';
import { RelativeTime } from '../../parts/relative-time.tsx';

export function ImageFactsPanel({ image }: { readonly image: Image }) {
  const { team, owner, set, os, platforms, lastCheckedAt, lastResultAt, nextDueAt, database } = image;
  return (
    <Panel title="Facts">
      <Facts
        facts={[
          nextDueAt === undefined ? undefined : { term: 'Next due', value: <DueTime time={nextDueAt} /> },
          { term: 'Last checked', value: <RelativeTime time={lastCheckedAt} /> },
          lastResultAt === undefined ? undefined : { term: 'Last result', value: <RelativeTime time={lastResultAt} /> },
          team === undefined ? undefined : { term: 'Team', value: <Link href={paths.team(team)}>{team}</Link> },
          owner === undefined ? undefined : { term: 'Owner', value: owner },
          set === undefined ? undefined : { term: 'Image set', value: set },
          os === undefined ? undefined : { term: 'System', value: os.name },
          platforms.length === 0 ? undefined : { term: 'Platforms', value: platforms.join(', ') },
          database === undefined
            ? undefined
            : { term: 'Compared with database', value: <Digest digest={database} what="database digest" /> },
        ]}
      />
    </Panel>
  );
}
