import { type ByteString, bytesToByteString } from '../../../../core/bytes.ts';
import type { Inode, MutableTree } from '../../../../oci/tree/types.ts';
import { readSharedObject } from './elf.ts';
import { type CacheEntry, compareLibraryNames, encodeCache } from './ld-so-cache-format.ts';
import { librarySearchDirectories } from './ld-so-conf.ts';
import { DerivedNotNative } from './not-native.ts';

const CACHE = '/etc/ld.so.cache';

/** Debian architecture → multiarch tuple; the little-endian ones whose cache flags are known. */
const MULTIARCH: Readonly<Record<string, string>> = {
  amd64: 'x86_64-linux-gnu',
  i386: 'i386-linux-gnu',
  arm64: 'aarch64-linux-gnu',
  armhf: 'arm-linux-gnueabihf',
  armel: 'arm-linux-gnueabi',
  ppc64el: 'powerpc64le-linux-gnu',
};

/** Sub-directories that ldconfig of glibc before 2.37 searches for processor-specific variants. */
const LEGACY_PLATFORMS = new Set(['tls', 'haswell', 'xeon_phi', 'avx512_1', 'x86_64', 'sse2', 'i586', 'i686']);

/** A library found in one directory, as ldconfig's search_dir keeps it. */
interface Found {
  readonly file: ByteString;
  readonly soname: ByteString;
  readonly isLink: boolean;
  readonly flags: number;
}

/**
 * Does what `ldconfig` does to the tree: removes dangling `lib*.so.*` links, makes or corrects the link named by each
 * library's SONAME, and writes /etc/ld.so.cache, byte for byte as glibc's own tool (elf/ldconfig.c, elf/cache.c).
 * The aux-cache is never written: it holds inode numbers and times of the machine.
 * @throws DerivedNotNative when the cache of this image has a form that is not reproduced.
 */
export function writeLdSoCache(tree: MutableTree, architecture: string, sourceDate: number): void {
  const multiarch = MULTIARCH[architecture];
  if (multiarch === undefined) throw new DerivedNotNative(`ld.so.cache of architecture ${architecture}`);
  const generator = readGenerator(tree);
  const entries: CacheEntry[] = [];
  for (const directory of librarySearchDirectories(tree, multiarch)) {
    for (const found of searchDirectory(tree, directory, architecture)) {
      if (!found.isLink) linkSoname(tree, directory, found, sourceDate);
      entries.push({ flags: found.flags, soname: found.soname, path: `${directory}/${found.soname}` });
    }
  }
  const ownership = { mode: 0o644, uid: 0, gid: 0, mtime: sourceDate };
  tree.writeFile(CACHE, encodeCache(entries, generator), ownership);
}

/**
 * The generator text that this image's ldconfig would write: one literal of the program, `ldconfig (Debian GLIBC …)
 * stable release version 2.36`; an image without the program has it at the end of its cache. Versions before 2.36 record
 * the kernel ABI of each library and write another string table.
 */
function readGenerator(tree: MutableTree): ByteString {
  for (const path of ['/sbin/ldconfig', '/sbin/ldconfig.real', '/usr/sbin/ldconfig', CACHE]) {
    const inode = tree.stat(path);
    if (inode?.type !== 'file') continue;
    const match = /ldconfig \([^\0)]*\) \w+ release version (\d+)\.(\d+)[^\0]*(?=\0|$)/.exec(
      bytesToByteString(tree.readFile(path)),
    );
    if (match === null) continue;
    if (Number(match[1]) !== 2 || Number(match[2]) < 36) {
      throw new DerivedNotNative(`ld.so.cache of glibc ${match[1]}.${match[2]} (2.36 or later is reproduced)`);
    }
    return match[0];
  }
  throw new DerivedNotNative('ld.so.cache: no ldconfig program in the image tells its version');
}

function searchDirectory(tree: MutableTree, directory: ByteString, architecture: string): readonly Found[] {
  const bySoname = new Map<ByteString, Found>();
  for (const name of tree.readdir(directory)) {
    const path = `${directory}/${name}`;
    const inode = tree.lstat(path);
    if (inode === undefined) continue;
    refuseVariants(tree, directory, name, inode);
    if (!looksLikeLibrary(name) || (inode.type !== 'file' && inode.type !== 'symlink')) continue;
    const target = tree.stat(path);
    if (target === undefined) {
      if (name.includes('.so.')) tree.remove(path);
      continue;
    }
    if (target.type !== 'file') continue;
    const found = inspect(tree, path, name, inode.type === 'symlink', architecture);
    if (found === undefined) continue;
    const rival = bySoname.get(found.soname);
    if (rival === undefined || isPreferred(found, rival)) bySoname.set(found.soname, found);
  }
  return [...bySoname.values()];
}

function refuseVariants(tree: MutableTree, directory: ByteString, name: ByteString, inode: Inode): void {
  const path = `${directory}/${name}`;
  const isVariant = name === 'glibc-hwcaps' || LEGACY_PLATFORMS.has(name);
  if (!isVariant || tree.stat(path)?.type !== 'directory' || inode.type === 'file') return;
  for (const { path: below } of tree.walk(tree.realpath(path) ?? path)) {
    if (below.includes('.so')) throw new DerivedNotNative(`ld.so.cache with processor-specific libraries (${below})`);
  }
}

function looksLikeLibrary(name: ByteString): boolean {
  if (!(name.startsWith('lib') || name.startsWith('ld-')) || !name.includes('.so')) return false;
  return !/\.#prelink#(\.......)?$/.test(name) && !/\.dpkg-(new|tmp)$/.test(name);
}

/** `e_machine` of the libraries that a machine's ldconfig knows. */
const MACHINES: Readonly<Record<string, ReadonlySet<number>>> = {
  amd64: new Set([62, 3]),
  i386: new Set([62, 3]),
  arm64: new Set([183, 40]),
  armhf: new Set([183, 40]),
  armel: new Set([183, 40]),
  ppc64el: new Set([21]),
};

/**
 * Libraries of a foreign architecture: ldconfig of x86 passes over those that are not x86 (sysdeps/unix/sysv/linux/x86_64/
 * readelflib.c); others do not look at the machine and record them with flags of their own.
 */
function isRead(machine: number, architecture: string, path: ByteString): boolean {
  if (MACHINES[architecture]?.has(machine) === true) return true;
  if (architecture === 'amd64' || architecture === 'i386') return false;
  throw new DerivedNotNative(`ld.so.cache with a library of a foreign architecture (${path})`);
}

/** A development link (`libx.so` → `libx.so.1`) and a link named by its SONAME stand for themselves; others count as files. */
function inspect(
  tree: MutableTree,
  path: ByteString,
  name: ByteString,
  symlink: boolean,
  architecture: string,
): Found | undefined {
  const object = readSharedObject(tree.readFile(path));
  if (object === undefined || !isRead(object.machine, architecture, path)) return undefined;
  if (object.needsIsaLevel) throw new DerivedNotNative(`ld.so.cache with an instruction-set level (${path})`);
  const soname = object.soname ?? name;
  const isLink = symlink && (name === soname || (name.endsWith('.so') && soname.startsWith(name)));
  return { file: name, soname: isLink ? name : soname, isLink, flags: object.flags };
}

function isPreferred(found: Found, rival: Found): boolean {
  if (found.isLink !== rival.isLink) return !found.isLink;
  return compareLibraryNames(rival.file, found.file) < 0;
}

/** create_links of elf/ldconfig.c: a real file of that name is left alone. */
function linkSoname(tree: MutableTree, directory: ByteString, found: Found, sourceDate: number): void {
  const link = `${directory}/${found.soname}`;
  const existing = tree.lstat(link);
  const reached = tree.stat(link);
  if (reached !== undefined) {
    if (reached.ino === tree.stat(`${directory}/${found.file}`)?.ino) return;
    if (existing?.type !== 'symlink') return;
  } else if (existing !== undefined && existing.type !== 'symlink') return;
  tree.symlink(found.file, link, { mode: 0o777, uid: 0, gid: 0, mtime: sourceDate });
}
