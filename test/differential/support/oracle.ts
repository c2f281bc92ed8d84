import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { findSource } from './apt-sources.ts';
import { cachedDirectory, identityOf } from './cache.ts';
import { runInRoot } from './chroot.ts';
import { buildRoot } from './root-builder.ts';
import { checkRoot, type RootChecks } from './root-checks.ts';
import { type OrderedStep, orderedSteps } from './simulated-steps.ts';
import { packDirectory, unpackInto } from './tar-tree.ts';
import type { Variant } from './variant.ts';

/** What apt did to a root, with everything needed to do the same. Kept between runs, until the repository changes. */
export interface OracleRun {
  /** The root just before the upgrade. */
  readonly before: string;
  /** The root after `apt-get dist-upgrade`. */
  readonly after: string;
  /** The packages in the order in which apt listed them. */
  readonly steps: readonly OrderedStep[];
  /** Seconds since the epoch around the upgrade. */
  readonly start: number;
  readonly end: number;
  /** What dpkg and apt say of the upgraded root. */
  readonly checks: RootChecks;
}

interface RunRecord extends Pick<OracleRun, 'start' | 'end' | 'checks'> {
  readonly simulated: string;
}

const ARCHIVES = 'var/cache/apt/archives';
/** Without waiting for the disk: a lost run is made anew. */
const UPGRADE =
  'apt-get -y -o Dpkg::Options::=--force-confold -o Dpkg::Options::=--force-unsafe-io -o APT::Keep-Downloaded-Packages=true';

/** Builds the variant's root, adds the security suite, and lets apt upgrade it without network. */
export async function runOracle(variant: Variant): Promise<OracleRun> {
  const sources = await Promise.all(['', '-security'].map((suffix) => releaseOf(`${variant.suite}${suffix}`)));
  const directory = cachedDirectory(`run-${variant.name}`, identityOf([variant, UPGRADE, sources]), (partial) => {
    const record = upgradeByApt(variant, partial);
    writeFileSync(join(partial, 'run.json'), JSON.stringify(record));
  });
  const { simulated, ...record } = JSON.parse(readFileSync(join(directory, 'run.json'), 'utf8')) as RunRecord;
  const steps = orderedSteps(simulated, join(directory, 'debs'));
  return { ...record, steps, before: join(directory, 'before.tar'), after: join(directory, 'after.tar') };
}

function upgradeByApt(variant: Variant, work: string): RunRecord {
  const [root, debs] = [join(work, 'root'), join(work, 'debs')];
  mkdirSync(root);
  mkdirSync(debs);
  unpackInto(buildRoot(variant), root);
  addSecuritySuite(root, variant);
  runInRoot(root, 'apt-get update -qq', { network: true });
  if (variant.prepare !== undefined) runInRoot(root, variant.prepare);
  runInRoot(root, `${UPGRADE} --download-only dist-upgrade`, { network: true });
  packDirectory(root, join(work, 'before.tar'), [`./${ARCHIVES}/*.deb`]);
  const simulated = runInRoot(root, `${UPGRADE} -s dist-upgrade`);
  const start = Math.floor(Date.now() / 1000);
  runInRoot(root, `${UPGRADE} --no-download dist-upgrade`);
  const end = Math.ceil(Date.now() / 1000);
  for (const name of readdirSync(join(root, ARCHIVES))) {
    if (name.endsWith('.deb')) renameSync(join(root, ARCHIVES, name), join(debs, name));
  }
  packDirectory(root, join(work, 'after.tar'));
  const checks = checkRoot(root);
  rmSync(root, { recursive: true });
  return { start, end, simulated, checks };
}

function addSecuritySuite(root: string, { suite, pending = [] }: Variant): void {
  const base = findSource(suite);
  const security = findSource(`${suite}-security`);
  if (base === undefined || security === undefined) throw new Error(`no security suite for ${suite}`);
  const lines = [`deb ${base.uri} ${suite} main`, `deb ${security.uri} ${suite}-security main`];
  writeFileSync(join(root, 'etc/apt/sources.list'), `${lines.join('\n')}\n`);
  if (pending.length > 0) {
    const pins = `Package: ${pending.join(' ')}\nPin: release n=${suite}-security\nPin-Priority: -1\n`;
    writeFileSync(join(root, 'etc/apt/preferences.d/pending'), pins);
  }
  rmSync(join(root, 'etc/resolv.conf'), { force: true });
  copyFileSync('/etc/resolv.conf', join(root, 'etc/resolv.conf'));
  // As in Docker images: services must not be started by maintainer scripts.
  writeFileSync(join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n');
  chmodSync(join(root, 'usr/sbin/policy-rc.d'), 0o755);
}

/** The signed index of a suite as it is now: what a run depends on. */
async function releaseOf(suite: string): Promise<string> {
  const source = findSource(suite);
  if (source === undefined) throw new Error(`no apt source for ${suite}`);
  const response = await fetch(`${source.uri}/dists/${suite}/InRelease`, { signal: AbortSignal.timeout(60_000) });
  if (!response.ok) throw new Error(`${suite}: HTTP ${response.status}`);
  return /^Date: .*$/m.exec(await response.text())?.[0] ?? '';
}
