import { systemClock } from '../../../src/core/ports.ts';
import type { RunReport } from '../../../src/fleet/run/report.ts';
import { createHttpClient } from '../../../src/net/client.ts';
import { writeImage } from '../../../src/oci/copy.ts';
import { openSink } from '../../../src/oci/location.ts';
import type { Image } from '../../../src/oci/model.ts';
import { anonymous } from '../../../src/oci/registry/index.ts';
import { startRegistry } from '../../../src/oci/registry/server/index.ts';
import { registryOpener } from '../../../src/oci/registry-opener.ts';
import { startDockerRegistry } from '../../servers/programs.ts';
import { imageOf, rootFiles } from './base-image.ts';
import { makeTar } from './files.ts';
import type { Finished } from './program.ts';
import { RecordingProxy } from './recording-proxy.ts';
import type { World } from './world.ts';

/** A registry with a recording proxy before it, and a way to push what a test made. */
export class FleetWorld {
  readonly world: World;
  readonly proxy: RecordingProxy;
  readonly #close: () => Promise<void>;
  readonly #open: ReturnType<typeof registryOpener>;

  private constructor(
    world: World,
    proxy: RecordingProxy,
    open: ReturnType<typeof registryOpener>,
    close: () => Promise<void>,
  ) {
    this.world = world;
    this.proxy = proxy;
    this.#open = open;
    this.#close = close;
  }

  /** @param docker with Debian's docker-registry in place of the program's own */
  static async open(world: World, { docker = false }: { readonly docker?: boolean } = {}): Promise<FleetWorld> {
    const registry = docker
      ? await startDockerRegistry()
      : await startRegistry({ directory: world.path('registry'), port: 0 });
    const proxy = await RecordingProxy.start(`http://${registry.host}`);
    const client = createHttpClient({ environment: {}, version: '0', clock: systemClock });
    const open = registryOpener({ client, credentials: anonymous, plainHttp: true });
    return new FleetWorld(world, proxy, open, async () => {
      await proxy.stop();
      await client.close();
      await registry.close();
    });
  }

  close(): Promise<void> {
    return this.#close();
  }

  /** Pushes an image; returns its reference. */
  async push(image: Image, name: string): Promise<string> {
    const reference = `${this.proxy.host}/${name}`;
    const target = await openSink(reference, { openRegistry: this.#open });
    await writeImage(image, target.sink, target.tag === undefined ? {} : { tag: target.tag });
    return reference;
  }

  /** What a reference names; undefined when nothing. */
  async digestOf(reference: string): Promise<string | undefined> {
    const at = reference.lastIndexOf(':');
    const response = await fetch(
      `http://${this.proxy.host}/v2/${reference.slice(this.proxy.host.length + 1, at)}/manifests/${reference.slice(at + 1)}`,
      { method: 'HEAD' },
    );
    return response.headers.get('docker-content-digest') ?? undefined;
  }

  /** Images on bases: the same layers under a base's name, each with a configuration of its own. */
  async pushMany(bases: number, each: number): Promise<string[]> {
    const references: string[] = [];
    for (let base = 0; base < bases; base++)
      for (let at = 0; at < each; at++) {
        const image = await this.world.image({
          files: { '/etc/base': `base ${base}\n` },
          config: { Cmd: ['greet', String(at)] },
        });
        references.push(await this.push(image, `base${base}/app${at}:1`));
      }
    return references;
  }

  /** Images on bases, each with application layers of its own: only the lowest layer is shared. */
  async pushApplications(bases: number, each: number, prefix = ''): Promise<string[]> {
    const references: string[] = [];
    for (let base = 0; base < bases; base++) {
      const { keyring } = this.world.archive;
      const root = await makeTar(rootFiles({ keyring, files: { '/etc/base': `${prefix}base ${base}\n` } }));
      for (let at = 0; at < each; at++) {
        const name = `${prefix}base${base}/app${at}`;
        const layers = [{ '/srv/app/run': `run ${name}\n` }, { '/usr/local/bin/app': `app ${name}\n` }];
        const tars = [root, ...(await Promise.all(layers.map((files) => makeTar(files))))];
        references.push(await this.push(imageOf(tars, { config: { Cmd: [name] } }), `${name}:1`));
      }
    }
    return references;
  }

  /** Tags of a repository, and of each what its manifest needs that the registry does not have. */
  async published(repository: string): Promise<{ readonly tag: string; readonly missing: readonly string[] }[]> {
    const base = `http://${this.proxy.host}/v2/${repository}`;
    const listed = (await (await fetch(`${base}/tags/list`)).json()) as { readonly tags?: readonly string[] | null };
    const headers = { accept: 'application/vnd.oci.image.manifest.v1+json' };
    return Promise.all(
      (listed.tags ?? []).map(async (tag) => {
        const manifest = (await (await fetch(`${base}/manifests/${tag}`, { headers })).json()) as {
          readonly config: { readonly digest: string };
          readonly layers: readonly { readonly digest: string }[];
        };
        const missing: string[] = [];
        for (const { digest } of [manifest.config, ...manifest.layers])
          if ((await fetch(`${base}/blobs/${digest}`, { method: 'HEAD' })).status !== 200) missing.push(digest);
        return { tag, missing };
      }),
    );
  }

  runLine(args: readonly string[]): string[] {
    return ['run', '--output', 'json', ...this.world.archive.options, ...args];
  }

  run(
    args: readonly string[],
    options: { readonly cache?: string; readonly env?: Readonly<Record<string, string>> } = {},
  ): Promise<Finished> {
    return this.world.call(this.runLine(args), options);
  }
}

export function report({ stdout, stderr }: Finished): RunReport {
  const document = JSON.parse(stdout) as RunReport;
  if (document.kind !== 'RunResult') throw new Error(`${stdout}\n${stderr}`);
  return document;
}
