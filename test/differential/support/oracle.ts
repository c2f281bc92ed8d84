import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { PlanStep } from '../../../src/packages/family.ts';
import { findSource } from './apt-sources.ts';
import { runInRoot } from './chroot.ts';
import { buildRoot, CACHE } from './root-builder.ts';
import { packDirectory, unpackInto } from './tar-tree.ts';
import type { Variant } from './variant.ts';

/** What apt did to a root, with everything needed to do the same. */
export interface OracleRun {
  /** The root just before the upgrade. */
  readonly before: string;
  /** The root after `apt-get dist-upgrade`. */
  readonly after: string;
  /** The packages in the order in which apt listed them. */
  readonly steps: readonly { readonly step: PlanStep; readonly file: string }[];
  /** Seconds since the epoch around the upgrade. */
  readonly start: number;
  readonly end: number;
  /** Runs a script in the upgraded root, for checks. */
  dispose(): void;
}

const ARCHIVES = 'var/cache/apt/archives';
const UPGRADE = 'apt-get -y -o Dpkg::Options::=--force-confold -o APT::Keep-Downloaded-Packages=true';

/** Builds the variant's root, adds the security suite, and lets apt upgrade it without network. */
export function runOracle(variant: Variant): OracleRun {
  const base = buildRoot(variant);
  const work = mkdtempSync(join(CACHE, `${variant.name}-run-`));
  const root = join(work, 'root');
  const debs = join(work, 'debs');
  mkdirSync(root);
  mkdirSync(debs);
  unpackInto(base, root);
  addSecuritySuite(root, variant.suite);
  runInRoot(root, 'apt-get update -qq', { network: true });
  if (variant.prepare !== undefined) runInRoot(root, variant.prepare);
  runInRoot(root, `${UPGRADE} --download-only dist-upgrade`, { network: true });
  const before = join(work, 'before.tar');
  const after = join(work, 'after.tar');
  packDirectory(root, before, [`./${ARCHIVES}/*.deb`]);
  const simulated = runInRoot(root, `${UPGRADE} -s dist-upgrade`);
  const start = Math.floor(Date.now() / 1000);
  runInRoot(root, `${UPGRADE} --no-download dist-upgrade`);
  const end = Math.ceil(Date.now() / 1000);
  for (const name of readdirSync(join(root, ARCHIVES))) {
    if (name.endsWith('.deb')) renameSync(join(root, ARCHIVES, name), join(debs, name));
  }
  packDirectory(root, after);
  rmSync(root, { recursive: true });
  const steps = orderedSteps(simulated, debs);
  return { before, after, steps, start, end, dispose: () => rmSync(work, { recursive: true, force: true }) };
}

function addSecuritySuite(root: string, suite: string): void {
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
}

/** `Inst name [old] (new …)` lines of the simulation; the file is found by what it says of itself. */
function orderedSteps(simulated: string, debs: string): OracleRun['steps'] {
  const files = new Map<string, { readonly file: string; readonly fields: Record<string, string> }>();
  for (const name of readdirSync(debs)) {
    const file = join(debs, name);
    const fields = controlFields(file);
    files.set(`${fields['Package']}:${fields['Architecture']}`, { file, fields });
  }
  const native = execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim();
  return [...simulated.matchAll(/^Inst (\S+?)(?::(\S+))? (?:\[([^\]]+)\] )?\(/gm)].map((match) => {
    const [, name = '', architecture = native, from] = match;
    const found = files.get(`${name}:${architecture}`) ?? files.get(`${name}:all`);
    if (found === undefined) throw new Error(`apt installs ${name}:${architecture}, which was not downloaded`);
    return { step: planStep(found.fields, from), file: found.file };
  });
}

function controlFields(file: string): Record<string, string> {
  const output = execFileSync('dpkg-deb', ['-f', file, 'Package', 'Version', 'Architecture', 'Source'], {
    encoding: 'utf8',
  });
  return Object.fromEntries(
    output
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(': ', 2) as [string, string]),
  );
}

function planStep(fields: Record<string, string>, from: string | undefined): PlanStep {
  const [name, to, architecture] = [fields['Package'] ?? '', fields['Version'] ?? '', fields['Architecture'] ?? ''];
  return {
    action: from === undefined ? 'install' : 'upgrade',
    ...{ name, architecture, to, source: { name, version: to }, reason: 'dist-upgrade' },
    ...(from === undefined ? {} : { from }),
    file: { path: '', repository: '', size: 0, digest: `sha256:${'0'.repeat(64)}` },
  };
}
