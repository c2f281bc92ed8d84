import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findSource } from '../test/differential/support/apt-sources.ts';
import { runInRoot } from '../test/differential/support/chroot.ts';
import { buildRoot as buildBareRoot } from '../test/differential/support/root-builder.ts';
import { packDirectory, unpackInto } from '../test/differential/support/tar-tree.ts';

export const SUITE = 'bookworm';
export const PACKAGES = ['nginx', 'curl', 'openssl', 'ca-certificates', 'perl'];

/** The last point release without its security updates: what an image looks like some time after it was built. */
export interface Root {
  /** The file system of the image, as one tar. */
  readonly tar: string;
  /** Names the root by what it is made of. */
  readonly identity: string;
}

/** Builds the root as the differential tests build theirs, or takes the one that was built before. */
export function buildRoot(cache: string): Root {
  const lines = sources();
  const identity = createHash('sha256')
    .update(JSON.stringify([SUITE, PACKAGES, lines]))
    .digest('hex')
    .slice(0, 16);
  const tar = join(cache, `root-${identity}.tar`);
  if (existsSync(tar)) return { tar, identity };
  mkdirSync(cache, { recursive: true });
  const partial = join(cache, 'root.part.tar');
  const directory = join(cache, 'root.part');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  unpackInto(buildBareRoot({ suite: SUITE, include: PACKAGES, required: true }), directory);
  writeFileSync(join(directory, 'etc/apt/sources.list'), lines);
  packDirectory(directory, partial);
  rmSync(directory, { recursive: true });
  renameSync(partial, tar);
  return { tar, identity };
}

function sources(): string {
  const base = findSource(SUITE);
  const security = findSource(`${SUITE}-security`);
  if (base === undefined || security === undefined)
    throw new Error(`apt of this machine has no ${SUITE} and ${SUITE}-security`);
  return `deb ${base.uri} ${SUITE} main\ndeb ${security.uri} ${SUITE}-security main\n`;
}

/** Script for apt in the root: everything is there already, nothing is asked, conffiles are kept. */
export const UPGRADE =
  'apt-get -y -o Dpkg::Options::=--force-confold -o APT::Keep-Downloaded-Packages=true --no-download dist-upgrade';

/** The root as a directory with the lists and archives of the upgrade in place, and services that are not started. */
export function prepareAptRoot(root: Root, directory: string): void {
  mkdirSync(directory, { recursive: true });
  unpackInto(root.tar, directory);
  rmSync(join(directory, 'etc/resolv.conf'), { force: true });
  copyFileSync('/etc/resolv.conf', join(directory, 'etc/resolv.conf'));
  writePolicy(directory);
  runInRoot(directory, 'apt-get update -qq; apt-get -y -qq --download-only dist-upgrade', { network: true });
}

/** As in Docker images: maintainer scripts must not start services. */
export function writePolicy(directory: string): void {
  const policy = join(directory, 'usr/sbin/policy-rc.d');
  writeFileSync(policy, '#!/bin/sh\nexit 101\n');
  chmodSync(policy, 0o755);
}
