import { isSutureError, type SutureError } from '../../core/errors/error.ts';
import { isAttestation, loadImageOrIndex } from '../../oci/image.ts';
import { openLocation } from '../../oci/location.ts';
import type { Image } from '../../oci/model.ts';
import type { ImageSource } from '../../oci/source.ts';
import { ANNOTATIONS, LABELS } from '../../patch/labels.ts';
import { findLineage } from '../../patch/lineage.ts';
import type { Workspace } from '../../patch/workspace.ts';
import type { Fleet } from '../config/fleet.ts';
import { tagsOfTemplate } from '../config/tag-rules.ts';
import { knownImages, writeResult } from '../store/results.ts';
import type { FleetStore } from '../store/store.ts';
import { discover, tagsOf } from './discover.ts';
import { digestOf } from './registry-digest.ts';
import { type FleetTarget, makeTargets, tagOf } from './target.ts';

export interface Rebuilt {
  readonly recovered: readonly { readonly reference: string; readonly publishedReference: string }[];
  readonly failures: readonly { readonly subject: string; readonly code: string; readonly message: string }[];
}

/**
 * Fills the store from the registry: for every image of the fleet that the store does not know, the newest patched image whose
 * labels are proven by its layers. What the repositories were like is not on record there, so the next run plans each image
 * again, and finds its tag as it should be.
 */
export async function rebuildStore(workspace: Workspace, store: FleetStore, fleet: Fleet): Promise<Rebuilt> {
  const { found, failures } = await discover(workspace, fleet);
  const { targets } = makeTargets(found);
  const known = await knownImages(
    store,
    targets.map(({ reference }) => reference),
  );
  const recovered: { reference: string; publishedReference: string }[] = [];
  const failed = failures.map(({ subject, error }) => failure(subject, error));
  for (const target of targets) {
    if (known.get(target.reference)?.result !== undefined) continue;
    try {
      const publishedReference = await recover(workspace, store, target);
      if (publishedReference !== undefined) recovered.push({ reference: target.reference, publishedReference });
    } catch (error) {
      workspace.signal.throwIfAborted();
      if (!isSutureError(error)) throw error;
      failed.push(failure(target.reference, error));
    }
  }
  return { recovered, failures: failed };
}

function failure(subject: string, { code, message }: SutureError) {
  return { subject, code, message };
}

async function recover(workspace: Workspace, store: FleetStore, target: FleetTarget): Promise<string | undefined> {
  const isOurs = tagsOfTemplate(target.policy.tag.replaceAll('{tag}', () => tagOf(target)));
  const original = target.policy.tag.replaceAll('{tag}', tagOf(target)).split('{date}')[0] ?? '';
  const tags = (await tagsOf(workspace, target.outputRepository))
    .filter((tag) => isOurs(tag) && tag.startsWith(original))
    .sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  const now = await digestOf(workspace, target.reference);
  for (const tag of tags.reverse()) {
    const publishedReference = `${target.outputRepository}:${tag}`;
    const { source, close } = await openLocation(publishedReference, workspace.locations);
    try {
      const image = await firstImage(source, tag);
      const lineage = await findLineage(source, image);
      if (lineage.kind !== 'repatch') continue;
      const published = await source.resolve(tag);
      const planDigest = image.config.config?.Labels?.[LABELS.plan] ?? image.manifest.annotations?.[ANNOTATIONS.plan];
      const data = { publishedReference, publishedDigest: published.digest, base: lineage.baseDigest, planDigest };
      await store.record({ kind: 'image-recovered', subject: target.reference, data }, (transaction) =>
        writeResult(
          transaction,
          store.now(),
          'recovered',
          {
            reference: target.reference,
            outcome: 'patched',
            ...(now === undefined ? {} : { digest: now }),
            publishedReference,
            publishedDigest: published.digest,
            baseDigest: lineage.baseDigest,
            repositories: [],
            detail: { changed: 0, pending: [], unusable: [], notes: ['recovered from the registry'] },
          },
          {},
        ),
      );
      return publishedReference;
    } finally {
      await close();
    }
  }
  return undefined;
}

/** The image, or one of an index: each of them was patched in the same step, or left as it was. */
async function firstImage(source: ImageSource, tag: string): Promise<Image> {
  const found = await loadImageOrIndex(source, tag);
  if (found.kind === 'image') return found;
  let last: Image | undefined;
  for (const entry of found.index.manifests.filter((child) => !isAttestation(child))) {
    const image = await loadImageOrIndex(source, entry.digest);
    if (image.kind !== 'image') continue;
    last = image;
    if (image.config.config?.Labels?.[LABELS.plan] !== undefined) return image;
  }
  if (last === undefined) throw new Error(`${source.name}:${tag} is an index without an image`);
  return last;
}
