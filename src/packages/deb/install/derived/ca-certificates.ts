import { createHash } from 'node:crypto';
import { type ByteString, byteStringToBytes, compareBytes } from '../../../../core/bytes.ts';
import type { MutableTree } from '../../../../oci/tree/types.ts';
import { rehashCertificates } from '../../../script/certificates/rehash.ts';
import { DerivedNotNative } from './not-native.ts';

const CONFIGURATION = '/etc/ca-certificates.conf';
const SHIPPED = '/usr/share/ca-certificates';
const LOCAL = '/usr/local/share/ca-certificates';
const DIRECTORY = '/etc/ssl/certs';
const BUNDLE = `${DIRECTORY}/ca-certificates.crt`;
const HOOKS = '/etc/ca-certificates/update.d';
const PROGRAM = '/usr/sbin/update-ca-certificates';

export interface UpdateOptions {
  readonly fresh: boolean;
  /** The hooks directory is in effect (`--hooksdir ""` switches it off). */
  readonly hooks: boolean;
  readonly sourceDate: number;
}

export interface CertificateChanges {
  readonly added: number;
  readonly removed: number;
}

/**
 * Does what update-ca-certificates(8) does: links of /etc/ssl/certs to the certificates that ca-certificates.conf
 * enables and to the local ones, the hashed links, and the bundle, which is written anew every time.
 * @throws DerivedNotNative when hooks would have to run or the image's own script is not one that is known.
 */
export function updateCaCertificates(tree: MutableTree, options: UpdateOptions): CertificateChanges {
  refuseWhatIsNotReproduced(tree, options);
  const configuration = tree.readText(CONFIGURATION) ?? '';
  if (options.fresh || configuration === '') clearLinks(tree);
  const changes = { added: 0, removed: 0 };
  const bundle: Buffer[] = [];
  const lines = configuration.split('\n').map((line) => line.replace(/^[ \t]+|[ \t]+$/g, ''));
  for (const line of lines) {
    if (line.startsWith('!') && disable(tree, line.slice(1))) changes.removed += 1;
  }
  const enabled = lines
    .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('!'))
    .map((line) => `${SHIPPED}/${line}`)
    .filter((path) => tree.stat(path)?.type === 'file');
  for (const path of [...enabled, ...localCertificates(tree)]) {
    if (enable(tree, path, options.sourceDate)) changes.added += 1;
    bundle.push(withFinalNewline(Buffer.from(tree.readFile(path))));
  }
  if (changes.added + changes.removed > 0) {
    removeDangling(tree);
    rehashCertificates(tree, DIRECTORY, options.sourceDate);
  }
  if (bundle.length > 0) {
    tree.writeFile(BUNDLE, Buffer.concat(bundle), { mode: 0o644, uid: 0, gid: 0, mtime: options.sourceDate });
  }
  return changes;
}

/**
 * SHA-256 of the script with its comments, blank lines, quoting and `-r` of `read` left out, since only these and the
 * unused `--sysroot` block differ between releases 20210119 and 20250419. An image with another script (a site's own, or a
 * later release that does something new) is not handled here.
 */
export function programShape(text: ByteString): string {
  const essence = text
    .replace(/^ *--sysroot\)\n(?:.*\n)*?.*;;\n/m, '')
    .split('\n')
    .map((line) =>
      line
        .replace(/^\s*#.*$/, '')
        .replace(/\bread -r\b/g, 'read')
        .replaceAll('"', '')
        .trim(),
    )
    .filter((line) => line !== '')
    .join('\n');
  return createHash('sha256').update(byteStringToBytes(essence)).digest('hex');
}

const KNOWN_SHAPES: ReadonlySet<string> = new Set(['2254bb12b6fa7daa8c17f4acad092ed7836dea31382f2aed9d0bc97c04ff9794']);

function refuseWhatIsNotReproduced(tree: MutableTree, options: UpdateOptions): void {
  const program = tree.readText(PROGRAM);
  if (program === undefined || !KNOWN_SHAPES.has(programShape(program))) {
    throw new DerivedNotNative('update-ca-certificates of this image is not a known version of the program');
  }
  // The kernel would give the new links to the owners that these bits name.
  if (((tree.stat('/usr/bin/openssl')?.mode ?? 0) & 0o6000) !== 0)
    throw new DerivedNotNative('update-ca-certificates with a setuid or setgid openssl');
  if (((tree.stat(DIRECTORY)?.mode ?? 0) & 0o2000) !== 0) throw new DerivedNotNative(`setgid bit of ${DIRECTORY}`);
  if (tree.stat('/sbin/restorecon') !== undefined)
    throw new DerivedNotNative('update-ca-certificates with SELinux labels');
  if (tree.lstat(`${BUNDLE}.new`) !== undefined)
    throw new DerivedNotNative(`${BUNDLE}.new is left from an earlier run`);
  const hooks = options.hooks ? tree.readdir(HOOKS) : [];
  if (hooks.length > 0) throw new DerivedNotNative(`update-ca-certificates hook ${hooks[0]}`);
  if ((tree.readText(CONFIGURATION) ?? '').includes('\\')) throw new DerivedNotNative(`backslash in ${CONFIGURATION}`);
}

/** `--fresh`: drops the links into the certificate directories, then every dangling link. */
function clearLinks(tree: MutableTree): void {
  for (const { path, inode } of [...tree.walk(DIRECTORY)]) {
    if (inode.type !== 'symlink') continue;
    if (inode.target?.startsWith(SHIPPED) === true || inode.target?.startsWith(LOCAL) === true) tree.remove(path);
  }
  for (const { path, inode } of [...tree.walk(DIRECTORY)]) {
    if (inode.type === 'symlink' && tree.stat(path)?.type !== 'file') tree.remove(path);
  }
}

function removeDangling(tree: MutableTree): void {
  for (const { path, inode } of [...tree.walk(DIRECTORY)]) {
    if (inode.type === 'symlink' && tree.stat(path) === undefined) tree.remove(path);
  }
}

function baseName(path: ByteString): ByteString {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name.endsWith('.crt') && name !== '.crt' ? name.slice(0, -4) : name;
}

function disable(tree: MutableTree, certificate: ByteString): boolean {
  const link = `${DIRECTORY}/${baseName(certificate)}.pem`;
  if (tree.lstat(link)?.type !== 'symlink') return false;
  tree.remove(link);
  return true;
}

/** True when the link was missing or led elsewhere. */
function enable(tree: MutableTree, certificate: ByteString, sourceDate: number): boolean {
  const name = baseName(certificate).replaceAll(' ', '_').replace(/[()]/g, '=').replaceAll(',', '_');
  const link = `${DIRECTORY}/${name}.pem`;
  if (tree.stat(link) !== undefined && tree.lstat(link)?.target === certificate) return false;
  tree.symlink(certificate, link, { mode: 0o777, uid: 0, gid: 0, mtime: sourceDate });
  return true;
}

/** `find -L DIR -type f -name '*.crt' | sort` in the C locale. */
function localCertificates(tree: MutableTree): readonly ByteString[] {
  const found: ByteString[] = [];
  const visit = (directory: ByteString, depth: number): void => {
    if (depth > 40) throw new DerivedNotNative(`${LOCAL} contains a loop of links`);
    for (const name of tree.readdir(directory)) {
      const path = `${directory}/${name}`;
      const type = tree.stat(path)?.type;
      if (type === 'directory') visit(path, depth + 1);
      else if (type === 'file' && name.endsWith('.crt')) found.push(path);
    }
  };
  if (tree.stat(LOCAL)?.type === 'directory') visit(LOCAL, 0);
  return found.sort(compareBytes);
}

function withFinalNewline(content: Buffer): Buffer {
  return content.length === 0 || content.at(-1) === 0x0a ? content : Buffer.concat([content, Buffer.from('\n')]);
}
