import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TAG } from './image.ts';
import type { Command, Sample } from './measure.ts';
import { UPGRADE } from './root.ts';

/** The places of one bench; everything lies in one temporary directory. */
export interface Places {
  readonly work: string;
  /** OCI layout of the image, and of the same with application files up to 1 GB. */
  readonly image: string;
  readonly bigImage: string;
  /** Root directory with lists and archives for apt. */
  readonly aptRoot: string;
  /** Our cache after the packages were fetched. */
  readonly cache: string;
  /** The program. */
  readonly main: string;
}

export interface Outcome {
  readonly upgraded?: number;
  readonly pending?: number;
  /** Compressed bytes of the new layer. */
  readonly layerBytes?: number;
}

/** One way to do the work. `prepare` and `outcome` are not measured. */
export interface Route {
  readonly name: string;
  /** What is in the measured time and what is not. */
  readonly includes: string;
  readonly group: 'patch' | 'other';
  prepare(places: Places): void;
  command(places: Places): Command;
  outcome?(places: Places, sample: Sample): Outcome;
}

const CHROOT_ENVIRONMENT =
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive';

/** Shell: the upgrade in a root, in namespaces of its own, without network. */
function upgradeIn(root: string): string {
  return `unshare --net --mount --pid --fork --mount-proc=${root}/proc chroot ${root} env -i ${CHROOT_ENVIRONMENT} ${UPGRADE}`;
}

function upgradedByApt(_: Places, { output }: Sample): Outcome {
  return { upgraded: output.match(/^Setting up /gm)?.length ?? 0, pending: 0 };
}

function fresh(path: string): string {
  rmSync(path, { recursive: true, force: true });
  return path;
}

const run = ({ work }: Places) => join(work, 'run');
const sh = (script: string): Command => ({ argv: ['sh', '-ec', script] });

const APT: Route = {
  name: 'apt-get dist-upgrade in a chroot',
  includes: 'the upgrade alone, archives and lists in place; no image is read and none is made',
  group: 'patch',
  prepare: (places) => execFileSync('cp', ['-a', places.aptRoot, fresh(run(places))]),
  command: (places) => sh(upgradeIn(run(places))),
  outcome: upgradedByApt,
};

const APT_COMMIT: Route = {
  name: 'apt-get dist-upgrade on overlayfs, tar of the difference',
  includes:
    'what a Dockerfile step and its commit do: the upgrade above an unpacked root, then tar and gzip of the upper directory',
  group: 'patch',
  prepare: (places) => {
    const root = fresh(run(places));
    for (const name of ['upper', 'work', 'merged']) mkdirSync(join(root, name), { recursive: true });
  },
  command: (places) => {
    const root = run(places);
    const layers = `lowerdir=${places.aptRoot},upperdir=${root}/upper,workdir=${root}/work`;
    const inside = `mount -t overlay overlay -o ${layers} ${root}/merged; ${upgradeIn(`${root}/merged`)}`;
    return sh(`unshare --mount sh -ec '${inside}'; tar -C ${root}/upper --numeric-owner -czf ${root}/layer.tar.gz .`);
  },
  outcome: (places, sample) => ({
    ...upgradedByApt(places, sample),
    layerBytes: statSync(`${run(places)}/layer.tar.gz`).size,
  }),
};

const UMOCI: Route = {
  name: 'skopeo copy, umoci unpack, apt-get dist-upgrade, umoci repack, skopeo copy',
  includes:
    'from image to image: the layout is copied, unpacked, upgraded with archives and lists bound in, and packed again',
  group: 'patch',
  prepare: (places) => {
    mkdirSync(fresh(run(places)), { recursive: true });
  },
  command: (places) => {
    const root = run(places);
    const files = `${root}/bundle/rootfs`;
    const bound = ['var/cache/apt/archives', 'var/lib/apt/lists'].map(
      (path) => `mount --bind ${places.aptRoot}/${path} ${files}/${path}`,
    );
    const inside = [
      ...bound,
      `touch ${files}/usr/sbin/policy-rc.d`,
      `mount --bind ${places.aptRoot}/usr/sbin/policy-rc.d ${files}/usr/sbin/policy-rc.d`,
      upgradeIn(files),
    ];
    return sh(
      [
        `skopeo copy -q oci:${places.image}:${TAG} oci:${root}/layout:${TAG}`,
        `umoci unpack --image ${root}/layout:${TAG} ${root}/bundle >/dev/null`,
        `unshare --mount sh -ec '${inside.join('; ')}'`,
        `rm ${files}/usr/sbin/policy-rc.d`,
        `umoci repack --image ${root}/layout:patched ${root}/bundle >/dev/null`,
        `skopeo copy -q oci:${root}/layout:patched oci:${root}/output:${TAG}`,
      ].join('\n'),
    );
  },
  outcome: (places, sample) => ({
    ...upgradedByApt(places, sample),
    layerBytes: lastLayerSize(`${run(places)}/output`),
  }),
};

function lastLayerSize(layout: string): number {
  const read = (path: string) => JSON.parse(readFileSync(join(layout, path), 'utf8'));
  const digest: string = read('index.json').manifests[0].digest;
  return read(`blobs/${digest.replace(':', '/')}`).layers.at(-1).size;
}

/** Removes from a cache all but what a first image finds: signed indexes and package files. */
function keepPackagesOnly(cache: string): void {
  for (const name of readdirSync(cache)) {
    if (!['packages', 'indexes', 'releases'].includes(name)) rmSync(join(cache, name), { recursive: true });
  }
}

interface Variation {
  readonly name: string;
  readonly includes: string;
  readonly group?: Route['group'];
  readonly image?: 'image' | 'bigImage';
  readonly cache: 'packages' | 'warm';
  readonly online?: boolean;
  readonly command?: readonly string[];
  /** The result of the run before is there. */
  readonly again?: boolean;
  /** Takes the layer of an earlier image with the same packages, where it fits; else every layer is computed. */
  readonly shared?: boolean;
}

const EXIT_PARTLY_DONE = 3;

function suture(variation: Variation): Route {
  const { name, includes, group = 'patch', image = 'image', again = false, shared = false } = variation;
  const layout = (places: Places) => `${places.work}/layout${again ? '-again' : ''}`;
  const command = (places: Places): Command => {
    const network = variation.online ? [] : ['--offline'];
    const verb = variation.command ?? ['patch', ...(shared ? [] : ['--no-cached-layers'])];
    const options = ['--scope', 'all', '--output', 'json', '--cache-dir', `${places.work}/cache-${image}`, ...network];
    const argv = [process.execPath, places.main, ...verb, ...options, `oci:${layout(places)}:${TAG}`];
    return { argv, accept: [0, EXIT_PARTLY_DONE] };
  };
  return {
    name,
    includes,
    group,
    prepare: (places) => {
      const cache = `${places.work}/cache-${image}`;
      if (!existsSync(cache)) cpSync(places.cache, cache, { recursive: true });
      const warmUp = (needed: boolean) => {
        const { argv } = command(places);
        if (needed) execFileSync(argv[0] ?? '', argv.slice(1), { stdio: 'pipe' });
      };
      const isNew = !again || !existsSync(layout(places));
      if (isNew) execFileSync('cp', ['-al', places[image], fresh(layout(places))]);
      if (variation.cache === 'packages') keepPackagesOnly(cache);
      else {
        const needed = shared ? 'patches' : 'layers';
        warmUpIgnoringPending(() => warmUp(!existsSync(join(cache, needed)) || (again && isNew)));
        if (!again) execFileSync('cp', ['-al', places[image], fresh(layout(places))]);
      }
    },
    command,
    outcome: (_, { output: text }) => {
      const { plan, layer } = JSON.parse(text);
      return {
        upgraded: plan.steps.length,
        pending: plan.pending.length,
        ...(layer === undefined ? {} : { layerBytes: layer.size }),
      };
    },
  };
}

function warmUpIgnoringPending(work: () => void): void {
  try {
    work();
  } catch (error) {
    if ((error as { status?: number }).status !== EXIT_PARTLY_DONE) throw error;
  }
}

export const ROUTES: readonly Route[] = [
  APT,
  APT_COMMIT,
  UMOCI,
  suture({
    name: 'suture patch, first image',
    includes:
      'the image gets a patched tag; packages and indexes in the cache, nothing else: the layer and every package are decompressed',
    cache: 'packages',
  }),
  suture({
    name: 'suture patch, further image',
    includes:
      'the same, with what an earlier run left in the cache (the base decompressed, packages decompressed and compressed again)',
    cache: 'warm',
  }),
  suture({
    name: 'suture patch, further image, online',
    includes: 'the same, and asks the repositories whether their signed indexes changed',
    cache: 'warm',
    online: true,
  }),
  suture({
    name: 'suture patch, another image with the same packages',
    includes: 'the layer of the earlier image is proven to fit this one, and taken',
    cache: 'warm',
    shared: true,
  }),
  suture({
    name: 'suture patch, first image, 1 GB',
    includes: 'as "first image", with 0.85 GB of application files above the system',
    cache: 'packages',
    image: 'bigImage',
  }),
  suture({
    name: 'suture patch, further image, 1 GB',
    includes: 'as "further image", with 0.85 GB of application files above the system',
    cache: 'warm',
    image: 'bigImage',
  }),
  suture({
    name: 'suture patch, again',
    includes: 'the same command a second time: the tag is there with this digest, nothing is written',
    group: 'other',
    cache: 'warm',
    again: true,
  }),
  suture({
    name: 'suture plan',
    includes: 'everything but the layer: resolve, apply to the virtual file system, changelogs',
    group: 'other',
    cache: 'warm',
    command: ['plan'],
  }),
  {
    name: 'suture --help',
    includes: 'start of the program',
    group: 'other',
    prepare: () => {},
    command: ({ main }) => ({ argv: [process.execPath, main, '--help'] }),
  },
];
