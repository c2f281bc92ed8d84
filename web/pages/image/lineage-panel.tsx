import type { Image } from '../../../src/service/api/contract/images.ts';
import { plural } from '../../format/number.ts';
import { Digest } from '../../parts/digest.tsx';
import { Panel } from '../../parts/panel.tsx';
import styles from './lineage-panel.module.css';

/** From the base to what may run: each patch begins from the base again, never from the patch before. */
export function LineagePanel({ image }: { readonly image: Image }) {
  const { lineage, digest, reference, publishedReference, publishedDigest } = image;
  const { base, sameBase } = lineage;
  const steps = [
    base !== undefined && base.digest !== digest
      ? { title: 'Base that the patch begins from', reference: base.reference, digest: base.digest }
      : undefined,
    digest === undefined ? undefined : { title: 'What the reference names', reference, digest },
    publishedDigest === undefined || publishedDigest === digest
      ? undefined
      : { title: 'What may run', reference: publishedReference, digest: publishedDigest },
  ].filter((step) => step !== undefined);
  if (steps.length === 0) return null;
  return (
    <Panel
      title="Lineage"
      note={
        sameBase > 0 && `${plural(sameBase, 'other image is a patch', 'other images are patches')} of the same base`
      }
    >
      <ol className={styles['lineage']}>
        {steps.map((step) => (
          <li key={step.title}>
            <h3>{step.title}</h3>
            {step.reference !== undefined && <code>{step.reference}</code>}
            <Digest digest={step.digest} />
          </li>
        ))}
      </ol>
    </Panel>
  );
}
