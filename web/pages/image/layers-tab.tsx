import type { Image } from '../../../src/service/api/contract/images.ts';
import { formatBytes } from '../../format/number.ts';
import { Badge } from '../../parts/badge.tsx';
import { Digest } from '../../parts/digest.tsx';
import { Notice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { RelativeTime } from '../../parts/relative-time.tsx';
import styles from './layers-tab.module.css';

type Layer = Image['layers'][number];

/** The layers of what may run, the top one first, as they lie on each other. */
export function LayersTab({ layers }: { readonly layers: readonly Layer[] }) {
  if (layers.length === 0)
    return <Notice icon="layers" title="The layers are known after the next run that works on this image." />;
  const largest = Math.max(...layers.map(({ size }) => size ?? 0), 1);
  const platforms = [...new Set(layers.map(({ platform }) => platform ?? ''))];
  return platforms.map((platform) => {
    const own = layers.filter((layer) => (layer.platform ?? '') === platform);
    const sized = own.filter(({ size }) => size !== undefined);
    return (
      <Panel
        key={platform}
        title={platform === '' ? 'Layers of what may run' : platform}
        note={
          sized.length > 0 &&
          `${formatBytes(sized.reduce((sum, { size }) => sum + (size ?? 0), 0))} in ${own.length} layers, the top one first`
        }
        flush
      >
        <ol className={styles['layers']}>
          {[...own].reverse().map((layer, index) => (
            <LayerRow
              // biome-ignore lint/suspicious/noArrayIndexKey: a layer can lie twice in an image, and its place is what tells which
              key={`${layer.diffId} ${own.length - index}`}
              layer={layer}
              number={own.length - index}
              largest={largest}
            />
          ))}
        </ol>
      </Panel>
    );
  });
}

interface LayerRowProps {
  readonly layer: Layer;
  readonly number: number;
  /** Bytes of the largest one, to which the others are drawn. */
  readonly largest: number;
}

function LayerRow({ layer: { digest, diffId, size, createdBy, createdAt, ours }, number, largest }: LayerRowProps) {
  return (
    <li className={styles['layer']} data-ours={ours || undefined}>
      <span className={styles['number']}>{number}</span>
      <div className={styles['what']}>
        {ours ? (
          <Badge tone="good" icon="check">
            The patch
          </Badge>
        ) : (
          <code className={styles['command']} title={createdBy}>
            {createdBy ?? 'not recorded'}
          </code>
        )}
        <span className={styles['ids']}>
          <Digest digest={digest ?? diffId} what={digest === undefined ? 'diff ID' : 'layer digest'} />
          {createdAt !== undefined && <RelativeTime time={createdAt} />}
        </span>
      </div>
      {size !== undefined && (
        <div className={styles['size']}>
          {formatBytes(size)}
          <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
            <rect width={Math.max(1, (size / largest) * 100)} height="4" />
          </svg>
        </div>
      )}
    </li>
  );
}
