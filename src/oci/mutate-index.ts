import { byteStringToBytes, bytesToByteString } from '../core/bytes.ts';
import { type Digest, sha256 } from '../core/digest.ts';
import { SutureError } from '../core/errors/error.ts';
import { arrayItems, jsonText, removeMember, setArrayItems, setMember } from './json-text.ts';
import { manifestFamily } from './media-type.ts';
import type { Descriptor, Index } from './model.ts';
import { setEntries } from './mutate.ts';
import { parseManifest } from './schema.ts';

export interface IndexEdits {
  /** Old manifest digest → the manifest that takes its place; order, platform and annotations of the entry stay. */
  readonly replace: ReadonlyMap<Digest, Pick<Descriptor, 'digest' | 'size' | 'mediaType'>>;
  /** Entries to leave out, besides the attestations of replaced ones. */
  readonly remove?: ReadonlySet<Digest>;
  /** Entries to add at the end. */
  readonly append?: readonly Descriptor[];
  /** Annotations of the index itself; undefined removes. OCI only. */
  readonly annotations?: Readonly<Record<string, string | undefined>>;
}

/**
 * A new index with some manifests replaced in their place. An attestation (`vnd.docker.reference.digest`) describes one
 * exact manifest, so those of replaced and removed manifests are dropped, all others kept.
 * @throws SutureError IMAGE_NOT_FOUND when a digest to replace or remove is not in the index
 */
export function replaceManifests(index: Index, edits: IndexEdits): Index {
  const { mediaType } = index.descriptor;
  const entries = index.index.manifests;
  const gone = new Set([...edits.replace.keys(), ...(edits.remove ?? [])]);
  for (const digest of gone) {
    if (entries.some((entry) => entry.digest === digest)) continue;
    throw new SutureError('IMAGE_NOT_FOUND', `index ${index.descriptor.digest} has no manifest ${digest}`);
  }
  const text = bytesToByteString(index.rawManifest);
  const items = arrayItems(text, ['manifests']).flatMap((item, at) => {
    const entry = entries[at] as Descriptor;
    const subject = entry.annotations?.['vnd.docker.reference.digest'];
    if (edits.remove?.has(entry.digest) || (subject !== undefined && gone.has(subject as Digest))) return [];
    const replacement = edits.replace.get(entry.digest);
    return [replacement === undefined ? item : replaceEntry(item, entry, replacement)];
  });
  let changed = setArrayItems(text, ['manifests'], [...items, ...(edits.append ?? []).map((entry) => jsonText(entry))]);
  if (manifestFamily(mediaType) === 'oci') changed = setEntries(changed, ['annotations'], edits.annotations);
  const rawManifest = byteStringToBytes(changed);
  const parsed = parseManifest(rawManifest, mediaType, 'the new index');
  if (parsed.kind !== 'index') throw new SutureError('IMAGE_INVALID', 'an index became a manifest');
  const descriptor: Descriptor = { mediaType, digest: sha256(rawManifest), size: rawManifest.length };
  return { kind: 'index', descriptor, rawManifest, index: parsed.index };
}

function replaceEntry(
  item: string,
  entry: Descriptor,
  replacement: Pick<Descriptor, 'digest' | 'size' | 'mediaType'>,
): string {
  let changed = setMember(item, ['digest'], jsonText(replacement.digest));
  changed = setMember(changed, ['size'], jsonText(replacement.size));
  if (replacement.mediaType !== entry.mediaType)
    changed = setMember(changed, ['mediaType'], jsonText(replacement.mediaType));
  // Embedded content belongs to the old digest.
  return removeMember(changed, ['data']);
}
