import type { Image } from '../../../src/service/api/contract/images.ts';
import type { TierCounts } from '../../../src/service/api/contract/values.ts';
import { formatCount, plural } from '../../format/number.ts';
import { Digest } from '../../parts/digest.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Panel } from '../../parts/panel.tsx';
import { StackedBar } from '../../parts/stacked-bar.tsx';
import { presentTiers, TIER_WORDS } from '../../values/tiers.ts';
import styles from './image-page.module.css';

/** Findings of the image as it was found, and of what may run instead. */
export function BeforeAfterPanel({ image }: { readonly image: Image }) {
  const { before, after, result, reference, digest, publishedReference, publishedDigest } = image;
  const same = publishedDigest !== undefined && publishedDigest === digest;
  return (
    <Panel
      title="Before and after"
      note={
        result !== undefined &&
        result.changed > 0 &&
        `${plural(result.changed, 'package')} changed, ${plural(result.fixed, 'vulnerability', 'vulnerabilities')} fixed`
      }
    >
      <div className={styles['arrowed']}>
        <Side title="As it was found" reference={reference} digest={digest} counts={before} />
        <span className={styles['arrow']}>
          <Icon name="arrowRight" size={20} />
        </span>
        {publishedReference === undefined ? (
          <div className={styles['side']}>
            <h3>What may run</h3>
            <p>Nothing is published or approved.</p>
          </div>
        ) : (
          <Side
            title={same ? 'May run as it is' : 'May run instead'}
            reference={publishedReference}
            digest={publishedDigest}
            counts={after}
          />
        )}
      </div>
    </Panel>
  );
}

interface SideProps {
  readonly title: string;
  readonly reference: string;
  readonly digest: string | undefined;
  readonly counts: TierCounts | undefined;
}

function Side({ title, reference, digest, counts }: SideProps) {
  const tiers = counts === undefined ? [] : presentTiers(counts);
  const total = tiers.reduce((sum, [, count]) => sum + count, 0);
  return (
    <div className={styles['side']}>
      <h3>{title}</h3>
      <code className={styles['reference']}>{reference}</code>
      {digest !== undefined && <Digest digest={digest} />}
      {counts === undefined ? (
        <p className={styles['detail']}>Not compared with a vulnerability database.</p>
      ) : (
        <>
          <p>
            <span className={styles['big']}>{formatCount(total)}</span>
            {total === 1 ? 'finding' : 'findings'}
          </p>
          <StackedBar
            parts={tiers.map(([tier, count]) => ({
              label: TIER_WORDS[tier].label,
              count,
              tone: TIER_WORDS[tier].tone,
            }))}
            legend
          />
        </>
      )}
    </div>
  );
}
