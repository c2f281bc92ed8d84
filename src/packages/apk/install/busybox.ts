import { type ByteString, bytesToByteString } from '../../../core/bytes.ts';
import type { VirtualTree } from '../../../oci/tree/types.ts';
import type { CommandContext } from '../../script/types.ts';

const DIRECTORIES = ['/bin', '/sbin', '/usr/bin', '/usr/sbin'] as const;
const BINARY_LIMIT = 64 * 1024 * 1024;
/** The sorted list of applets in the binary begins with these two. */
const LIST_START = Buffer.from('\0[\0[[\0', 'latin1');

/**
 * `busybox --install -s` and `busybox APPLET …`. Installing links makes a symlink for every applet whose path is free, and
 * leaves what is there alone. Where a link belongs is said by /etc/busybox-paths.d (since 1.36.0-r8); older binaries name
 * their applets only, so then every applet must be there already, for the command to have no effect.
 */
export function busybox(context: CommandContext): number {
  const [, first, ...rest] = context.argv;
  if (first === undefined) return context.notNative('busybox without an applet');
  if (first !== '--install') return context.run([first, ...rest], context.stdin, { inherit: true }).status;
  if (rest.join(' ') !== '-s') return context.notNative(`busybox --install ${rest.join(' ')}`);
  const binary = context.tree.realpath('/bin/busybox');
  if (binary === undefined) return context.notNative('busybox --install without /bin/busybox');
  const paths = listedPaths(context.tree);
  if (paths.length > 0) linkMissing(context, paths);
  else requireApplets(context, binary);
  return 0;
}

/** Paths of /etc/busybox-paths.d, a list per package. */
function listedPaths(tree: VirtualTree): ByteString[] {
  const directory = '/etc/busybox-paths.d';
  return tree.readdir(directory).flatMap((name) =>
    (tree.readText(`${directory}/${name}`, BINARY_LIMIT) ?? '')
      .split('\n')
      .filter((path) => path !== '')
      .map((path) => `/${path.replace(/^\/+/, '')}`),
  );
}

function linkMissing({ tree, sourceDate }: CommandContext, paths: readonly ByteString[]): void {
  for (const path of paths) {
    // symlink(2) fails where something is, or where there is no directory; busybox says so and goes on.
    if (tree.lstat(path) !== undefined || tree.resolveParent(path) === undefined) continue;
    tree.symlink('/bin/busybox', path, { mode: 0o777, uid: 0, gid: 0, mtime: sourceDate });
  }
}

function requireApplets(context: CommandContext, binary: ByteString): void {
  const applets = appletsOf(context.tree.readFile(binary, BINARY_LIMIT));
  if (applets === undefined) context.notNative('busybox --install, whose applets are not known');
  const missing =
    applets?.filter((name) =>
      DIRECTORIES.every((directory) => context.tree.lstat(`${directory}/${name}`) === undefined),
    ) ?? [];
  if (missing.length > 0)
    context.notNative(`busybox --install of ${missing.slice(0, 5).join(', ')}, whose place is not known`);
}

/** Applets that a busybox binary names; undefined when there is no such list. */
export function appletsOf(binary: Uint8Array): readonly ByteString[] | undefined {
  const bytes = Buffer.from(binary.buffer, binary.byteOffset, binary.byteLength);
  const start = bytes.indexOf(LIST_START);
  const end = start < 0 ? -1 : bytes.indexOf('\0\0', start + 1, 'latin1');
  if (end < 0) return undefined;
  const names = bytesToByteString(bytes.subarray(start + 1, end)).split('\0');
  const isList =
    names.length > 20 &&
    names.every((name, index) => /^[a-z0-9[+._-]{1,30}$/i.test(name) && (names[index - 1] ?? '') < name);
  return isList ? names : undefined;
}
