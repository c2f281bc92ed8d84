import { createHash } from 'node:crypto';
import type { ByteString } from '../../../core/bytes.ts';
import type { MutableTree } from '../../../oci/tree/types.ts';
import { DerivedNotNative } from '../derived-not-native.ts';
import { readPemBytes, subjectHash } from './x509-subject.ts';

/** A file that wants a link, or a link found in the directory. */
interface Entry {
  readonly file: ByteString;
  digest: string | undefined;
  needed: boolean;
  /** Number of the link that exists already; Infinity when there is none. */
  existing: number;
}

const EXTENSIONS = new Set(['pem', 'crt', 'cer', 'crl']);

/**
 * Makes the `<subject-hash>.<n>` links of a certificate directory as `openssl rehash` does (apps/rehash.c): links that
 * fit are kept, wrong ones removed, new ones numbered from the first free number. Files are taken in byte order where
 * the tool takes them in directory order, which only matters between certificates of the same subject.
 * @param program `c_rehash`: Alpine's own, which `openssl rehash` was made from
 * @throws DerivedNotNative for files other than plain certificates (CRLs, trusted certificates).
 */
export function rehashCertificates(
  tree: MutableTree,
  directory: ByteString,
  sourceDate: number,
  program: 'openssl' | 'c_rehash' = 'openssl',
): void {
  const buckets = new Map<string, Entry[]>();
  for (const name of tree.readdir(directory)) {
    const path = `${directory}/${name}`;
    const inode = tree.lstat(path);
    const hashed = inode?.type === 'symlink' ? /^([0-9a-fA-F]{8})\.(\d+)$/.exec(name) : null;
    if (hashed === null) addCertificate(tree, buckets, name, path);
    else noteLink(bucket(buckets, (hashed[1] ?? '').toLowerCase()), inode?.target ?? '', Number(hashed[2]));
  }
  for (const [hash, entries] of buckets) {
    if (program === 'c_rehash') refuseReusedNumbers(hash, entries);
    updateLinks(tree, `${directory}/${hash}`, entries, sourceDate);
  }
}

/**
 * Alpine's c_rehash does not take note of the number it has just given: of several new links of one hash the last one stays,
 * in an order of the directory that is not known.
 */
function refuseReusedNumbers(hash: string, entries: readonly Entry[]): void {
  const needed = entries.filter((entry) => entry.needed);
  if (needed.filter(({ existing }) => existing >= needed.length).length < 2) return;
  throw new DerivedNotNative(`the order of several new certificates with the subject hash ${hash}`);
}

function bucket(buckets: Map<string, Entry[]>, hash: string): Entry[] {
  const entries = buckets.get(hash) ?? [];
  buckets.set(hash, entries);
  return entries;
}

function noteLink(entries: Entry[], target: ByteString, id: number): void {
  const known = entries.find((entry) => entry.file === target);
  if (known !== undefined) known.existing = Math.min(known.existing, id);
  else entries.push({ file: target, digest: undefined, needed: false, existing: id });
}

function addCertificate(tree: MutableTree, buckets: Map<string, Entry[]>, name: ByteString, path: ByteString): void {
  const dot = name.lastIndexOf('.');
  if (dot < 0 || !EXTENSIONS.has(name.slice(dot + 1).toLowerCase()) || tree.stat(path)?.type !== 'file') return;
  const blocks = readPemBytes(tree.readFile(path));
  const block = blocks[0];
  if (block === undefined || blocks.length !== 1) return;
  if (block.label !== 'CERTIFICATE') throw new DerivedNotNative(`rehash of ${path}, a ${block.label}`);
  const digest = createHash('sha1').update(block.der).digest('hex');
  const entries = bucket(buckets, subjectHash(block.der));
  if (entries.some((entry) => entry.digest === digest)) return;
  const known = entries.find((entry) => entry.file === name);
  if (known === undefined) entries.push({ file: name, digest, needed: true, existing: Number.POSITIVE_INFINITY });
  else {
    known.needed = true;
    known.digest = digest;
  }
}

function updateLinks(tree: MutableTree, prefix: ByteString, entries: readonly Entry[], sourceDate: number): void {
  const needed = entries.filter((entry) => entry.needed).length;
  const taken = new Set(entries.filter((entry) => entry.existing < needed).map((entry) => entry.existing));
  let next = 0;
  for (const entry of entries) {
    if (entry.existing < needed) continue;
    if (entry.needed) {
      while (taken.has(next)) next += 1;
      tree.symlink(entry.file, `${prefix}.${next}`, { mode: 0o777, uid: 0, gid: 0, mtime: sourceDate });
      taken.add(next);
    } else if (tree.lstat(`${prefix}.${entry.existing}`) !== undefined) tree.remove(`${prefix}.${entry.existing}`);
  }
}
