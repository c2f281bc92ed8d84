import type { ByteString } from '../../../../core/bytes.ts';
import type { VirtualTree } from '../../../../oci/tree/types.ts';
import { DerivedNotNative } from './not-native.ts';

const CONF = '/etc/ld.so.conf';

/**
 * The directories that ldconfig searches, in its order: those of /etc/ld.so.conf with its includes, then the multiarch
 * directories and /lib, /usr/lib (Debian's ldconfig). A directory that is reached by two names counts once, under the
 * first (compared by inode, so usr-merge keeps `/lib/…` when the configuration names it before `/usr/lib/…`).
 * @throws DerivedNotNative for directives that are not reproduced.
 */
export function librarySearchDirectories(tree: VirtualTree, multiarch: string): readonly ByteString[] {
  const named: ByteString[] = [];
  readConfiguration(tree, CONF, named, 0);
  named.push(`/lib/${multiarch}`, `/usr/lib/${multiarch}`, '/lib', '/usr/lib');
  const seen = new Set<number>();
  const directories: ByteString[] = [];
  for (const name of named) {
    const path = name.replace(/\/+$/, '') || '/';
    const inode = tree.stat(path);
    if (inode === undefined || seen.has(inode.ino)) continue;
    seen.add(inode.ino);
    directories.push(path);
  }
  return directories;
}

function readConfiguration(tree: VirtualTree, file: ByteString, into: ByteString[], depth: number): void {
  if (depth > 10) throw new DerivedNotNative(`${file}: includes are nested too deeply`);
  for (const raw of (tree.readText(file) ?? '').split('\n')) {
    const line = (raw.split('#')[0] ?? '').trim();
    if (line === '') continue;
    const include = /^include[ \t]+(.*)$/.exec(line);
    if (include !== null) {
      for (const pattern of (include[1] ?? '').split(/[ \t]+/)) {
        for (const path of expand(tree, file, pattern)) readConfiguration(tree, path, into, depth + 1);
      }
    } else if (/^hwcap[ \t]/.test(line)) {
    } else if (/[ \t,:=]/.test(line) || !line.startsWith('/')) {
      throw new DerivedNotNative(`${file}: "${line}" is not a plain directory`);
    } else into.push(line);
  }
}

/** glob(3) with `*` and `?` in the last component; sorted in byte order, hidden names excluded. */
function expand(tree: VirtualTree, file: ByteString, pattern: ByteString): readonly ByteString[] {
  const absolute = pattern.startsWith('/') ? pattern : `${file.slice(0, file.lastIndexOf('/'))}/${pattern}`;
  const slash = absolute.lastIndexOf('/');
  const directory = absolute.slice(0, slash);
  const name = absolute.slice(slash + 1);
  if (/[*?[\]]/.test(directory) || /[[\]]/.test(name)) throw new DerivedNotNative(`${file}: include ${pattern}`);
  const expression = new RegExp(
    `^${name
      .replace(/[.+^${}()|\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );
  return tree
    .readdir(directory === '' ? '/' : directory)
    .filter((entry) => expression.test(entry) && (!entry.startsWith('.') || name.startsWith('.')))
    .map((entry) => `${directory}/${entry}`);
}
