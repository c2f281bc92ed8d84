import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Corpus, PendingDeb } from './corpus.ts';

/** What dpkg did with some packages over the root of the corpus. */
export interface RealRun {
  /** The upper directory of the overlay, packed; white-outs are devices 0:0. */
  readonly upper: string;
  /** Seconds since the epoch around the run. */
  readonly start: number;
  readonly end: number;
  readonly status: number;
  readonly output: string;
}

/** As apt calls it, besides that the dependencies are not asked: the packages of other sources stay at their version. */
const DPKG = 'dpkg --auto-deconfigure --force-confold --force-depends --force-conflicts -i';
/** What stays broken by a package that is not upgraded with it is set up all the same. */
const FINISH = 'dpkg --force-confold --force-depends --force-breaks --configure -a';

/** Installs these packages and no others, in an overlay and without network; the result is kept. */
export function runDpkg(corpus: Corpus, debs: readonly PendingDeb[]): RealRun {
  const identity = createHash('sha256')
    .update([DPKG, FINISH, ...debs.map(({ file }) => basename(file))].join('\n'))
    .digest('hex');
  const directory = join(corpus.directory, 'real', `${debs[0]?.name}-${identity.slice(0, 12)}`);
  const record = join(directory, 'run.json');
  const upper = join(directory, 'upper.tar');
  if (!existsSync(record)) {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    writeFileSync(record, JSON.stringify({ ...runInOverlay(corpus.root, debs, directory, upper), upper }));
  }
  return JSON.parse(readFileSync(record, 'utf8')) as RealRun;
}

function runInOverlay(
  root: string,
  debs: readonly PendingDeb[],
  directory: string,
  tar: string,
): Omit<RealRun, 'upper'> {
  const [upper, work, merged] = ['upper', 'work', 'merged'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [upper, work, merged]) mkdirSync(path);
  const packages = join(directory, 'packages');
  mkdirSync(packages);
  for (const { file } of debs) copyFileSync(file, join(packages, basename(file)));
  const names = debs.map(({ file }) => `/mnt/${basename(file)}`).join(' ');
  const script = [
    'set -e',
    `mount -t overlay overlay -o lowerdir=${root},upperdir=${upper},workdir=${work} ${merged}`,
    `mount -t proc proc ${merged}/proc`,
    `mount --bind /dev ${merged}/dev`,
    `mount --bind ${packages} ${merged}/mnt`,
    `exec chroot ${merged} env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive sh -c '${DPKG} ${names} || ${FINISH}'`,
  ].join('\n');
  const start = Math.floor(Date.now() / 1000);
  const result = spawnSync('unshare', ['--mount', '--pid', '--fork', '--net', '--kill-child', 'sh', '-c', script], {
    encoding: 'utf8',
    timeout: 300_000,
    maxBuffer: 16 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = Math.ceil(Date.now() / 1000);
  const metadata = ['--numeric-owner', '--xattrs', '--xattrs-include=*', '--format=posix'];
  execFileSync('tar', ['-C', upper, '-cf', tar, ...metadata, '.'], { stdio: 'pipe' });
  for (const path of [upper, work, merged, packages]) rmSync(path, { recursive: true, force: true });
  return { start, end, status: result.status ?? -1, output: `${result.stdout}${result.stderr}` };
}
