import { gzipSync } from 'node:zlib';
import { sha256 } from '../src/core/digest.ts';
import { systemClock } from '../src/core/ports.ts';
import { fromBytes } from '../src/core/streams.ts';
import { createHttpClient } from '../src/net/client.ts';
import { writeImage } from '../src/oci/copy.ts';
import { loadImage } from '../src/oci/image.ts';
import { openLayout } from '../src/oci/layout/layout.ts';
import { openSink } from '../src/oci/location.ts';
import { type Image, MEDIA_TYPES } from '../src/oci/model.ts';
import { appendLayer } from '../src/oci/mutate.ts';
import { anonymous } from '../src/oci/registry/index.ts';
import { registryOpener } from '../src/oci/registry-opener.ts';
import { makeTar } from '../test/e2e/support/files.ts';
import { TAG } from './image.ts';

const CREATED = '2025-01-02T00:00:00Z';

/** Pushes images made of a root, a base layer and application layers. */
export class FleetImages {
  readonly #layout: string;
  readonly #host: string;
  readonly #baseLayer: (number: number) => Promise<Buffer>;
  readonly #client = createHttpClient({ environment: {}, version: '0', clock: systemClock });

  /** @param layout with the root as its only layer */
  constructor(layout: string, host: string, baseLayer: (number: number) => Promise<Buffer>) {
    this.#layout = layout;
    this.#host = host;
    this.#baseLayer = baseLayer;
  }

  /** The root alone, which has the packages of every image. */
  async pushAlone(): Promise<string> {
    return this.#push(await this.#root(), 'root');
  }

  /** References of all images, `app<number>` on `base<number>`. */
  async push(bases: number, each: number): Promise<string[]> {
    const root = await this.#root();
    const references: string[] = [];
    for (let base = 0; base < bases; base++) {
      const lower = withLayer(root, await this.#baseLayer(base));
      for (let at = 0; at < each; at++) {
        const name = `base${base}/app${at}`;
        const program = await makeTar({ '/app/main.js': `// ${name}\n${'x'.repeat(20_000)}` });
        const configuration = await makeTar({ '/app/config.json': `{"name": "${name}"}\n` });
        references.push(await this.#push(withLayer(withLayer(lower, program), configuration), name));
      }
    }
    return references;
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #root(): Promise<Image> {
    const layout = await openLayout(this.#layout);
    return loadImage(layout, await layout.resolve(TAG));
  }

  async #push(image: Image, name: string): Promise<string> {
    const reference = `${this.#host}/${name}:1`;
    const open = registryOpener({ client: this.#client, credentials: anonymous, plainHttp: true });
    const target = await openSink(reference, { openRegistry: open });
    await writeImage(image, target.sink, { tag: '1', mountFrom: 'root' });
    return reference;
  }
}

function withLayer(image: Image, tar: Buffer): Image {
  const bytes = gzipSync(tar);
  return appendLayer(image, {
    descriptor: { mediaType: MEDIA_TYPES.ociLayerGzip, digest: sha256(bytes), size: bytes.length },
    diffId: sha256(tar),
    open: () => fromBytes(bytes),
    created: CREATED,
    history: { created: CREATED, created_by: 'application' },
  });
}
