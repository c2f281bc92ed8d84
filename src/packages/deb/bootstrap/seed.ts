import type { MutableTree, Ownership } from '../../../oci/tree/types.ts';
import type { DebArchive } from '../types.ts';

/** Directories that /usr-merged roots have as links, as debootstrap makes them before the first package. */
const MERGED = ['bin', 'sbin', 'lib', 'lib64'] as const;

/**
 * What must be there before the first package is unpacked: the links of a merged /usr, dpkg's directories, and the accounts
 * of base-passwd, without which owners in packages cannot be resolved.
 */
export function seedRoot(tree: MutableTree, archives: ReadonlyMap<string, DebArchive>, sourceDate: number): void {
  const ownership = (mode: number): Ownership => ({ mode, uid: 0, gid: 0, mtime: sourceDate });
  const mkdir = (path: string) => {
    if (tree.stat(path) === undefined) tree.mkdir(path, ownership(0o755));
  };
  mkdir('/usr');
  for (const name of MERGED) {
    mkdir(`/usr/${name}`);
    tree.symlink(`usr/${name}`, `/${name}`, ownership(0o777));
  }
  for (const path of [
    '/etc',
    '/var',
    '/var/lib',
    '/var/lib/dpkg',
    '/var/lib/dpkg/info',
    '/var/lib/dpkg/updates',
    '/var/lib/dpkg/triggers',
    '/var/lib/dpkg/alternatives',
  ])
    mkdir(path);
  tree.writeFile('/var/lib/dpkg/info/format', Buffer.from('1\n'), ownership(0o644));
  tree.writeFile('/var/lib/dpkg/status', Buffer.alloc(0), ownership(0o644));
  tree.writeFile('/var/lib/dpkg/available', Buffer.alloc(0), ownership(0o644));
  tree.writeFile('/var/lib/dpkg/diversions', Buffer.alloc(0), ownership(0o644));
  tree.writeFile('/var/lib/dpkg/statoverride', Buffer.alloc(0), ownership(0o644));
  // debconf's database, empty as its own installation leaves it; scripts of later packages register their questions there.
  for (const path of ['/var/cache', '/var/cache/debconf']) mkdir(path);
  for (const name of ['config', 'templates'])
    tree.writeFile(`/var/cache/debconf/${name}.dat`, Buffer.alloc(0), ownership(0o644));
  tree.writeFile('/var/cache/debconf/passwords.dat', Buffer.alloc(0), ownership(0o600));
  writeAccounts(tree, archives.get('base-passwd'), ownership(0o644));
}

/** update-passwd of base-passwd, starting from nothing, copies its master files. */
function writeAccounts(tree: MutableTree, basePasswd: DebArchive | undefined, ownership: Ownership): void {
  for (const name of ['passwd', 'group']) {
    const master = basePasswd?.members.find(({ path }) => path === `/usr/share/base-passwd/${name}.master`);
    if (master !== undefined) tree.writeFile(`/etc/${name}`, master.read(), ownership);
  }
}
