import type { ImageName } from '../../oci/image-name.ts';
import type { ImageSink } from '../../oci/source.ts';

/**
 * Where blobs went that this process sent: the next repository of the same registry mounts them from there. Images that share
 * a patch layer then cost one upload of it, and a manifest each.
 */
export class LayerHomes {
  /** By registry and digest the repository that got the blob; undefined when it was not sent after all. */
  readonly #homes = new Map<string, Promise<string | undefined>>();

  /** A sink that mounts what was sent before, and sends nothing to one registry twice at the same time. */
  over(sink: ImageSink, to: ImageName): ImageSink {
    if (to.kind !== 'registry') return sink;
    const { host, repository } = to;
    const send = (key: string, ...[descriptor, open, mountFrom]: Parameters<ImageSink['putBlob']>) => {
      const work = sink.putBlob(descriptor, open, mountFrom);
      const sent = work.then((outcome) => (outcome === 'written' ? repository : undefined));
      this.#homes.set(
        key,
        sent.catch(() => undefined),
      );
      return work;
    };
    return {
      name: sink.name,
      hasBlob: (descriptor) => sink.hasBlob(descriptor),
      putManifest: (bytes, mediaType, tag) => sink.putManifest(bytes, mediaType, tag),
      putBlob: async (descriptor, open, mountFrom) => {
        const key = `${host} ${descriptor.digest}`;
        const known = this.#homes.get(key);
        if (known === undefined) return send(key, descriptor, open, mountFrom);
        const home = await known;
        return home === undefined ? send(key, descriptor, open, mountFrom) : sink.putBlob(descriptor, open, home);
      },
    };
  }
}
