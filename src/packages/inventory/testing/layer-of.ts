import { gzipSync } from 'node:zlib';
import { sha256 } from '../../../core/digest.ts';
import { collect, fromBytes } from '../../../core/streams.ts';
import { type Layer, MEDIA_TYPES } from '../../../oci/model.ts';
import { type TarWriteEntry, writeTar } from '../../../oci/tar/write.ts';

const meta = { mode: 0o644, uid: 0, gid: 0, mtime: 0 };

/** A layer of files by path; `null` makes a white-out, an entry is taken as it is. */
export async function layerOf(
  files: Record<string, string | Uint8Array | null | TarWriteEntry>,
): Promise<Layer & { pulls(): number }> {
  const entries = Object.entries(files).map(([name, content]): TarWriteEntry => {
    if (content !== null && typeof content === 'object' && !(content instanceof Uint8Array)) return content;
    const slash = name.lastIndexOf('/') + 1;
    if (content === null)
      return { name: `${name.slice(0, slash)}.wh.${name.slice(slash)}`, type: 'file', ...meta, size: 0 };
    const body = Buffer.from(content);
    return { name, type: 'file', ...meta, size: body.length, body: () => [body] };
  });
  const tar = await collect(writeTar(entries), 1 << 28, 'tar');
  const blob = gzipSync(tar);
  let pulls = 0;
  const compressed = () => {
    pulls++;
    return fromBytes(blob);
  };
  const descriptor = { mediaType: MEDIA_TYPES.ociLayerGzip, digest: sha256(blob), size: blob.length };
  return { descriptor, diffId: sha256(tar), compressed, pulls: () => pulls };
}
