import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { findSource } from '../../differential/support/apt-sources.ts';
import { identityOf } from '../../differential/support/cache.ts';
import { runInRoot } from '../../differential/support/chroot.ts';
import { buildRoot, CACHE } from '../../differential/support/root-builder.ts';
import { packDirectory, unpackInto } from '../../differential/support/tar-tree.ts';

/** A root at the point release and the packages that its security suite would upgrade. */
export interface Corpus {
  /** Where everything of this corpus is kept between runs. */
  readonly directory: string;
  /** The root, unpacked; never changed. */
  readonly root: string;
  /** The same as a tar. */
  readonly tar: string;
  /** `Date` of the security suite's Release file. */
  readonly date: string;
  readonly debs: readonly PendingDeb[];
}

export interface PendingDeb {
  readonly name: string;
  readonly source: string;
  readonly architecture: string;
  readonly from: string;
  readonly to: string;
  readonly file: string;
  /** Maintainer scripts of the installed or the new package. */
  readonly scripts: readonly string[];
}

const ARCHIVES = 'var/cache/apt/archives';
const SCRIPTS = ['preinst', 'postinst', 'prerm', 'postrm'];

/** Builds the corpus of a suite with these packages, or takes the one that is there. Removing `directory` makes it anew. */
export function buildCorpus(suite: string, packages: readonly string[]): Corpus {
  const directory = join(CACHE, `survey-${suite}-${identityOf([suite, packages])}`);
  const root = join(directory, 'root');
  const tar = join(directory, 'root.tar');
  const debs = join(directory, 'debs');
  if (!existsSync(join(directory, 'complete'))) {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(root, { recursive: true });
    mkdirSync(debs);
    unpackInto(buildRoot({ name: 'survey', suite, include: packages }), root);
    download(root, suite);
    for (const name of readdirSync(join(root, ARCHIVES))) {
      if (name.endsWith('.deb')) renameSync(join(root, ARCHIVES, name), join(debs, name));
    }
    packDirectory(root, tar);
    writeFileSync(join(directory, 'complete'), '');
  }
  const pending = readdirSync(debs).flatMap((name) => describeDeb(root, join(debs, name)));
  return { directory, root, tar, date: releaseDate(root, suite), debs: pending };
}

/** What apt of the root keeps of the Release file. */
function releaseDate(root: string, suite: string): string {
  const lists = join(root, 'var/lib/apt/lists');
  const name = readdirSync(lists).find((file) => file.endsWith(`_${suite}-security_InRelease`));
  const text = name === undefined ? '' : readFileSync(join(lists, name), 'utf8');
  return /^Date: (.*)$/m.exec(text)?.[1] ?? '';
}

function download(root: string, suite: string): void {
  const base = findSource(suite);
  const security = findSource(`${suite}-security`);
  if (base === undefined || security === undefined) throw new Error(`no security suite for ${suite}`);
  const lines = [`deb ${base.uri} ${suite} main`, `deb ${security.uri} ${suite}-security main`];
  writeFileSync(join(root, 'etc/apt/sources.list'), `${lines.join('\n')}\n`);
  rmSync(join(root, 'etc/resolv.conf'), { force: true });
  copyFileSync('/etc/resolv.conf', join(root, 'etc/resolv.conf'));
  // As in Docker images: services must not be started by maintainer scripts.
  writeFileSync(join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n');
  chmodSync(join(root, 'usr/sbin/policy-rc.d'), 0o755);
  runInRoot(root, 'apt-get update -qq', { network: true });
  const keep = '-o APT::Keep-Downloaded-Packages=true';
  runInRoot(root, `apt-get -y ${keep} --download-only dist-upgrade`, { network: true });
}

/** Nothing for a package that the root does not have. */
function describeDeb(root: string, file: string): PendingDeb[] {
  const field = (name: string): string => execFileSync('dpkg-deb', ['-f', file, name], { encoding: 'utf8' }).trim();
  const [name, architecture] = [field('Package'), field('Architecture')];
  const stanza = readFileSync(join(root, 'var/lib/dpkg/status'), 'latin1')
    .split('\n\n')
    .find((text) => text.startsWith(`Package: ${name}\n`) && text.includes(`\nArchitecture: ${architecture}\n`));
  const from = /^Version: (.*)$/m.exec(stanza ?? '')?.[1];
  if (from === undefined) return [];
  const members = execFileSync('dpkg-deb', ['--ctrl-tarfile', file]);
  const listed = execFileSync('tar', ['-t'], { input: members, encoding: 'utf8' }).split('\n');
  const info = readdirSync(join(root, 'var/lib/dpkg/info'));
  const scripts = SCRIPTS.filter(
    (script) =>
      listed.includes(`./${script}`) ||
      info.includes(`${name}.${script}`) ||
      info.includes(`${name}:${architecture}.${script}`),
  );
  const source = field('Source').replace(/ .*$/, '') || name;
  return [{ name, source, architecture, from, to: field('Version'), file, scripts }];
}
