import { type Digest, digestAlgorithm, digestHex, isDigest } from '../../core/digest.ts';
import { LIMITS } from '../../core/limits.ts';
import { collect, verified } from '../../core/streams.ts';
import { REF_NAME } from '../layout/index-file.ts';
import { isForeignLayer } from '../media-type.ts';
import { type Descriptor, MEDIA_TYPES } from '../model.ts';
import { isManifestType, parseManifest } from '../schema.ts';
import type { ArchivedFile, ArchiveFile } from './archive-file.ts';
import type { ArchiveContent, ArchivedImage } from './content.ts';
import { canonicalName } from './names.ts';

/** containerd's and docker's annotation with the full name; REF_NAME then holds the bare tag. */
export const IMAGE_NAME = 'io.containerd.image.name';

/**
 * Content of an archive that is an image layout in a tar: an OCI archive, or what `docker save` writes since version 25
 * beside its manifest.json. `complete` is false when something that it names is missing: docker saves one platform of a
 * multi-platform image with the whole index. Undefined when the archive is no layout.
 * @throws SutureError IMAGE_INVALID, DIGEST_MISMATCH
 */
export async function layoutContent(
  archive: ArchiveFile,
): Promise<{ content: ArchiveContent; complete: boolean } | undefined> {
  const bytes = await archive.findBytes('index.json', LIMITS.manifest);
  if (bytes === undefined || archive.find('oci-layout') === undefined) return undefined;
  const parsed = parseManifest(bytes, MEDIA_TYPES.ociIndex, `index.json of ${archive.path}`);
  if (parsed.kind !== 'index') return undefined;
  const blob = (digest: Digest) => findBlob(archive, digest);
  let complete = parsed.index.manifests.length > 0;
  for (const entry of parsed.index.manifests) complete = complete && (await isComplete(blob, entry, archive.path));
  return { content: { images: imagesOf(parsed.index.manifests), blob }, complete };
}

function findBlob(archive: ArchiveFile, digest: Digest): ArchivedFile | undefined {
  if (!isDigest(digest)) return undefined;
  return archive.find(`blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`);
}

/** One image may stand there under several names. */
function imagesOf(entries: readonly Descriptor[]): readonly ArchivedImage[] {
  const byDigest = new Map<Digest, { names: string[]; descriptor: Descriptor }>();
  for (const entry of entries) {
    const image = byDigest.get(entry.digest) ?? { names: [], descriptor: entry };
    byDigest.set(entry.digest, image);
    const full = entry.annotations?.[IMAGE_NAME];
    const tag = entry.annotations?.[REF_NAME];
    if (full !== undefined) image.names.push(canonicalName(full));
    else if (tag !== undefined) image.names.push(/[:/]/.test(tag) ? canonicalName(tag) : tag);
  }
  return [...byDigest.values()].map(({ names, descriptor }) => ({
    names,
    describe: () => Promise.resolve(descriptor),
  }));
}

async function isComplete(
  blob: (digest: Digest) => ArchivedFile | undefined,
  descriptor: Descriptor,
  path: string,
): Promise<boolean> {
  const file = blob(descriptor.digest);
  if (file === undefined || file.size !== descriptor.size) return false;
  if (!isManifestType(descriptor.mediaType)) return true;
  const what = `manifest ${descriptor.digest} of ${path}`;
  const bytes = await collect(verified(file.read(), descriptor, what), LIMITS.manifest, what);
  const parsed = parseManifest(bytes, descriptor.mediaType, what);
  if (parsed.kind === 'index') {
    for (const child of parsed.index.manifests) if (!(await isComplete(blob, child, path))) return false;
    return true;
  }
  const { config, layers } = parsed.manifest;
  return [config, ...layers.filter((layer) => !isForeignLayer(layer))].every(
    (part) => blob(part.digest)?.size === part.size,
  );
}
