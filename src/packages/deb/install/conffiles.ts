import { createHash } from 'node:crypto';
import type { ByteString } from '../../../core/bytes.ts';
import type { MutableTree } from '../../../oci/tree/types.ts';
import type { Conffile } from '../types.ts';
import { NEW_CONFFILE } from './conffile-list.ts';
import { dereferenceConffile } from './placement.ts';

/** What became of one conffile. */
export interface ConffileResult {
  /** Hash to record: always that of the new version, also when the file on disk was kept. */
  readonly md5: string;
  /** The edited file was kept and the new version lies beside it. */
  readonly keptBeside?: ByteString;
  /** The path on disk changed, which activates file triggers on it. */
  readonly touched: boolean;
  /** False when no new version lay beside the file: another architecture of the package dealt with it. */
  readonly unpacked: boolean;
}

/** dpkg records this for a conffile whose place is neither a file nor free. */
const UNUSABLE = '-';

export function md5Of(content: Uint8Array): string {
  return createHash('md5').update(content).digest('hex');
}

/**
 * Installs or keeps one conffile after its new version was unpacked as `PATH.dpkg-new`, with the answers of
 * `--force-confold`: a file that was edited (or deleted) stays so, and when the shipped version changed too the new one
 * is left as `PATH.dpkg-dist` (dpkg src/main/configure.c, deferred_configure_conffile).
 */
export function configureConffile(tree: MutableTree, conffile: Conffile, placedAt: ByteString): ConffileResult {
  const path = dereferenceConffile(tree, placedAt);
  if (path === undefined) return { md5: UNUSABLE, touched: false, unpacked: true };
  const fresh = `${path}.dpkg-new`;
  if (tree.lstat(fresh) === undefined) return { md5: conffile.md5, touched: false, unpacked: false };
  const installed = tree.stat(path);
  const current = installed === undefined ? undefined : md5Of(tree.readFile(path));
  const shipped = md5Of(tree.readFile(fresh));
  if (installed !== undefined) {
    tree.setMetadata(fresh, { uid: installed.uid, gid: installed.gid, mode: installed.mode });
  }
  switch (decide(conffile.md5, current, shipped)) {
    case 'keep':
      tree.remove(fresh);
      return { md5: shipped, touched: false, unpacked: true };
    case 'install':
      tree.rename(fresh, path);
      return { md5: shipped, touched: true, unpacked: true };
    case 'keep-beside':
      if (tree.lstat(`${path}.dpkg-old`) !== undefined) tree.remove(`${path}.dpkg-old`);
      tree.rename(fresh, `${path}.dpkg-dist`);
      return { md5: shipped, keptBeside: `${path}.dpkg-dist`, touched: true, unpacked: true };
  }
}

function decide(recorded: string, current: string | undefined, shipped: string): 'keep' | 'install' | 'keep-beside' {
  if (current === shipped) return 'keep';
  if (recorded === NEW_CONFFILE) return current === undefined ? 'install' : 'keep-beside';
  if (recorded === shipped) return 'keep';
  return recorded === current ? 'install' : 'keep-beside';
}

/**
 * A conffile marked `remove-on-upgrade`: removed when unmodified, else kept as `PATH.dpkg-old`; its `.dpkg-dist` goes in
 * any case. Not called when another package owns it.
 */
export function removeConffileOnUpgrade(tree: MutableTree, conffile: Conffile, placedAt: ByteString): void {
  const path = dereferenceConffile(tree, placedAt);
  if (path === undefined) return;
  if (tree.lstat(`${path}.dpkg-dist`) !== undefined) tree.remove(`${path}.dpkg-dist`);
  if (tree.stat(path) === undefined) return;
  if (md5Of(tree.readFile(path)) === conffile.md5) tree.remove(path);
  else tree.rename(path, `${path}.dpkg-old`);
}
