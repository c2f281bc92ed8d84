import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Corpus, PendingDeb } from './corpus.ts';

/** What dpkg did with one package over the root of the corpus. */
export interface RealRun {
  /** The upper directory of the overlay, packed; white-outs are devices 0:0. */
  readonly upper: string;
  /** Seconds since the epoch around the run. */
  readonly start: number;
  readonly end: number;
  readonly status: number;
  readonly output: string;
}

const DPKG = 'dpkg --force-confold --force-depends --force-breaks --force-conflicts -i';

/** Installs one package alone, in an overlay and without network; the result is kept. */
export function runDpkg(corpus: Corpus, deb: PendingDeb): RealRun {
  const directory = join(corpus.directory, 'real', `${deb.name}_${deb.to.replace(/[^A-Za-z0-9.+~-]/g, '_')}`);
  const record = join(directory, 'run.json');
  const upper = join(directory, 'upper.tar');
  if (!existsSync(record)) {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    writeFileSync(record, JSON.stringify({ ...runInOverlay(corpus.root, deb, directory, upper), upper }));
  }
  return JSON.parse(readFileSync(record, 'utf8')) as RealRun;
}

function runInOverlay(root: string, deb: PendingDeb, directory: string, tar: string): Omit<RealRun, 'upper'> {
  const [upper, work, merged] = ['upper', 'work', 'merged'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [upper, work, merged]) mkdirSync(path);
  const file = join(directory, 'package.deb');
  copyFileSync(deb.file, file);
  const script = [
    'set -e',
    `mount -t overlay overlay -o lowerdir=${root},upperdir=${upper},workdir=${work} ${merged}`,
    `mount -t proc proc ${merged}/proc`,
    `mount --bind /dev ${merged}/dev`,
    `touch ${merged}/mnt/package.deb`,
    `mount --bind ${file} ${merged}/mnt/package.deb`,
    `exec chroot ${merged} env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive ${DPKG} /mnt/package.deb`,
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
  execFileSync('tar', ['-C', upper, '-cf', tar, ...metadata, '--exclude=./mnt/package.deb', '.'], { stdio: 'pipe' });
  for (const path of [upper, work, merged, file]) rmSync(path, { recursive: true, force: true });
  return { start, end, status: result.status ?? -1, output: `${result.stdout}${result.stderr}` };
}
