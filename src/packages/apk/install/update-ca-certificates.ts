import { type ByteString, byteStringToBytes, bytesToByteString } from '../../../core/bytes.ts';
import type { MutableTree } from '../../../oci/tree/types.ts';
import { rehashCertificates } from '../../script/certificates/rehash.ts';
import { DerivedNotNative } from '../../script/derived-not-native.ts';
import type { CommandContext } from '../../script/types.ts';

const CONFIGURATION = '/etc/ca-certificates.conf';
const SHIPPED = '/usr/share/ca-certificates/';
const LOCAL = '/usr/local/share/ca-certificates/';
const DIRECTORY = '/etc/ssl/certs';
const BUNDLE = `${DIRECTORY}/ca-certificates.crt`;
const HOOKS = '/etc/ca-certificates/update.d';
const PROGRAM = '/usr/sbin/update-ca-certificates';
const LIMIT = 64 * 1024 * 1024;

/** The hook of Alpine's package; nothing else is run. */
const CERTHASH = '#!/bin/sh\nexec /usr/bin/c_rehash /etc/ssl/certs\n';

interface Link {
  readonly name: ByteString;
  readonly target: ByteString;
}

/**
 * Alpine's update-ca-certificates (update-ca.c), which its trigger calls: a bundle of the certificates that
 * ca-certificates.conf names and of local ones, links `ca-cert-NAME.pem` to each, and the hashed links by its one hook.
 * Releases differ in whether an empty line follows each certificate of the bundle; the bundle that is there says it.
 */
export function updateCaCertificates(context: CommandContext): number {
  if (context.argv.length > 1) return context.notNative(context.argv.join(' '));
  try {
    requireKnownProgram(context.tree);
    update(context.tree, context.sourceDate);
    return 0;
  } catch (error) {
    if (error instanceof DerivedNotNative) return context.notNative(error.message);
    throw error;
  }
}

/** c_rehash of the same package, which `openssl rehash` was made from: the hashed links of one directory. */
export function rehash(context: CommandContext): number {
  const [, directory, ...rest] = context.argv;
  if (directory === undefined || directory.startsWith('-') || rest.length > 0)
    return context.notNative(context.argv.join(' '));
  try {
    rehashCertificates(context.tree, directory.replace(/\/+$/, ''), context.sourceDate, 'c_rehash');
    return 0;
  } catch (error) {
    if (error instanceof DerivedNotNative) return context.notNative(error.message);
    throw error;
  }
}

/** The program itself is recognised by the names it makes; a script in its place is another one. */
function requireKnownProgram(tree: MutableTree): void {
  const isFile = tree.stat(PROGRAM)?.type === 'file';
  const text = isFile ? bytesToByteString(tree.readFile(PROGRAM, LIMIT)) : '';
  if (!text.startsWith('\x7fELF') || !text.includes('ca-cert-') || !text.includes('/etc/ssl/certs/'))
    throw new DerivedNotNative('update-ca-certificates of this image is not a known version of the program');
}

function update(tree: MutableTree, sourceDate: number): void {
  const certificates = [...configured(tree), ...local(tree)];
  const links = linksOf(certificates);
  const bundle = bundleOf(tree, certificates);
  for (const name of tree.readdir(DIRECTORY)) updateLink(tree, name, links, sourceDate);
  for (const { name, target } of links.values()) {
    // Where something else lies, symlink(2) fails and the program goes on.
    if (tree.lstat(`${DIRECTORY}/${name}`) === undefined) link(tree, name, target, sourceDate);
  }
  tree.writeFile(BUNDLE, byteStringToBytes(bundle), { mode: 0o644, uid: 0, gid: 0, mtime: sourceDate });
  runHooks(tree, sourceDate);
}

function configured(tree: MutableTree): ByteString[] {
  const lines = (tree.readText(CONFIGURATION, LIMIT) ?? '').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines
    .filter((line) => !line.startsWith('#') && !line.startsWith('!'))
    .map((line) => {
      if (tree.stat(SHIPPED + line)?.type === 'file') return SHIPPED + line;
      throw new DerivedNotNative(`${CONFIGURATION} names "${line}", which is no certificate of ${SHIPPED}`);
    });
}

/** In the order of the directory, which is not known: two would be one order or the other. */
function local(tree: MutableTree): ByteString[] {
  const names = tree.readdir(LOCAL.slice(0, -1)).filter((name) => !name.startsWith('.'));
  if (names.length > 1) throw new DerivedNotNative(`the order of several files in ${LOCAL}`);
  const paths = names.map((name) => LOCAL + name);
  if (paths.some((path) => tree.stat(path)?.type !== 'file')) throw new DerivedNotNative(`a directory in ${LOCAL}`);
  return paths;
}

function linksOf(certificates: readonly ByteString[]): ReadonlyMap<ByteString, Link> {
  const links = new Map<ByteString, Link>();
  for (const target of certificates) {
    const base = target.slice(target.lastIndexOf('/') + 1);
    const stem = base.length > 4 && base.endsWith('.crt') ? base.slice(0, -4) : base;
    const name = `ca-cert-${stem}.pem`.replace(/[, ]/g, '_').replace(/[()]/g, '=');
    if (links.has(name)) throw new DerivedNotNative(`two certificates for ${DIRECTORY}/${name}`);
    links.set(name, { name, target });
  }
  return links;
}

function updateLink(
  tree: MutableTree,
  name: ByteString,
  links: ReadonlyMap<ByteString, Link>,
  sourceDate: number,
): void {
  const path = `${DIRECTORY}/${name}`;
  const inode = tree.lstat(path);
  if (name.startsWith('.') || inode?.type !== 'symlink') return;
  const wanted = links.get(name);
  const target = inode.target ?? '';
  if (wanted === undefined) {
    if (target.startsWith(SHIPPED) || target.startsWith(LOCAL)) tree.remove(path);
  } else if (target !== wanted.target) {
    tree.remove(path);
    link(tree, name, wanted.target, sourceDate);
  }
}

function link(tree: MutableTree, name: ByteString, target: ByteString, sourceDate: number): void {
  tree.symlink(target, `${DIRECTORY}/${name}`, { mode: 0o777, uid: 0, gid: 0, mtime: sourceDate });
}

function bundleOf(tree: MutableTree, certificates: readonly ByteString[]): ByteString {
  const separator = separatorOf(tree.stat(BUNDLE)?.type === 'file' ? (tree.readText(BUNDLE, LIMIT) ?? '') : '');
  return certificates.map((path) => (tree.readText(path, LIMIT) ?? '') + separator).join('');
}

/** What follows each certificate of the bundle that is there: nothing, or since 2020 an empty line. */
function separatorOf(bundle: ByteString): '' | '\n' {
  const ends = [...bundle.matchAll(/-----END CERTIFICATE-----\n(\n?)/g)].map(([, empty]) => empty);
  const kinds = new Set(ends);
  if (kinds.size === 1) return ends[0] === '\n' ? '\n' : '';
  throw new DerivedNotNative(`the form of ${BUNDLE} is not known`);
}

function runHooks(tree: MutableTree, sourceDate: number): void {
  const hooks = tree.readdir(HOOKS);
  const runs = ['/usr/bin/run-parts', '/bin/run-parts'].some((path) => tree.stat(path) !== undefined);
  if (hooks.length === 0 || !runs) return;
  const path = `${HOOKS}/certhash`;
  const isOurs = hooks.length === 1 && tree.stat(path)?.type === 'file' && tree.readText(path, LIMIT) === CERTHASH;
  if (!isOurs)
    throw new DerivedNotNative(`update-ca-certificates hook ${hooks.find((name) => name !== 'certhash') ?? path}`);
  const mode = tree.stat(path)?.mode ?? 0;
  if ((mode & 0o111) !== 0 && tree.stat('/usr/bin/c_rehash') !== undefined)
    rehashCertificates(tree, DIRECTORY, sourceDate, 'c_rehash');
}
