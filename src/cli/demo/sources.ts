import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SutureError } from '../../core/errors/error.ts';
import { emptyTree } from '../../oci/tree/tree.ts';
import type { MutableTree } from '../../oci/tree/types.ts';
import { readAptSources } from '../../packages/deb/repository/configuration/read-sources.ts';
import type { AptSource } from '../../packages/deb/repository/configuration/source.ts';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const CONFIGURATION = [
  '/etc/apt/sources.list',
  '/etc/apt/sources.list.d',
  '/etc/apt/trusted.gpg.d',
  '/usr/share/keyrings',
  '/etc/apt/auth.conf',
  '/etc/apt/auth.conf.d',
];

/** Where this machine's apt gets a Debian release from. */
export interface DebianSources {
  readonly codename: string;
  /** The point release; without the updates that came after it. */
  readonly release: AptSource;
  /** Release, updates and security: what an image configures. */
  readonly all: readonly AptSource[];
}

/**
 * The Debian release that this machine's apt is configured for.
 * @throws SutureError DEMO_IMPOSSIBLE when there is no apt, no Debian source, or no security suite
 */
export function machineDebianSources(): DebianSources {
  const sources = readAptSources(aptConfigurationOf('/'), 'amd64').filter(
    (source) => source.unusable === undefined && source.components.includes('main'),
  );
  for (const security of sources.filter(({ suite }) => /^[a-z]+-security$/.test(suite))) {
    const codename = security.suite.slice(0, -'-security'.length);
    const release = sources.find(({ suite }) => suite === codename);
    const updates = sources.filter(({ suite }) => suite === `${codename}-updates`);
    if (release !== undefined) return { codename, release, all: [release, ...updates.slice(0, 1), security] };
  }
  throw new SutureError(
    'DEMO_IMPOSSIBLE',
    'the apt of this machine has no Debian release together with its security suite',
  );
}

/** A tree that configures only these sources, verified by Debian's own keyring. */
export function treeOfSources(sources: readonly AptSource[]): MutableTree {
  const tree = emptyTree();
  copyFile(tree, '/', KEYRING);
  makeParents(tree, '/etc/apt/sources.list');
  tree.writeFile('/etc/apt/sources.list', Buffer.from(sourcesList(sources)), OWNED);
  return tree;
}

/** One-line format, with the keyring that Debian images have. */
export function sourcesList(sources: readonly AptSource[]): string {
  return sources
    .map(({ uri, suite }) => `deb [signed-by=${KEYRING}] ${uri.replace(/\/$/, '')} ${suite} main\n`)
    .join('');
}

const OWNED = { mode: 0o644, uid: 0, gid: 0, mtime: 0 };

function aptConfigurationOf(root: string): MutableTree {
  const tree = emptyTree();
  for (const path of CONFIGURATION) copyFile(tree, root, path);
  return tree;
}

function copyFile(tree: MutableTree, root: string, path: string): void {
  const onDisk = join(root, path);
  if (!existsSync(onDisk)) return;
  if (statSync(onDisk).isDirectory()) {
    for (const name of readdirSync(onDisk)) copyFile(tree, root, `${path}/${name}`);
    return;
  }
  makeParents(tree, path);
  tree.writeFile(path, readFileSync(onDisk), OWNED);
}

function makeParents(tree: MutableTree, path: string): void {
  const parent = dirname(path);
  if (parent === '/' || tree.stat(parent) !== undefined) return;
  makeParents(tree, parent);
  tree.mkdir(parent, { ...OWNED, mode: 0o755 });
}
