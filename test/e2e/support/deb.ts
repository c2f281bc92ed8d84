import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Entry, type Files, MADE, makeTar, pathsOf } from './files.ts';
import { zstdFrame } from './zstd.ts';

/** A made-up package. */
export interface MadePackage {
  readonly name: string;
  readonly version: string;
  /** `amd64` when absent. */
  readonly architecture?: string;
  /** `name (version)` or a name; the package's own when absent. */
  readonly source?: string;
  /** Further fields: Depends, Multi-Arch … */
  readonly fields?: Readonly<Record<string, string>>;
  /** Whole lines that stand in the repository's index only. */
  readonly indexFields?: string;
  readonly files: Files;
  readonly conffiles?: readonly string[];
  /** Maintainer scripts and other control members by name. */
  readonly control?: Readonly<Record<string, string>>;
  /** The member with the files, where it is not the gzip of them. */
  readonly data?: { readonly name: string; readonly bytes: Buffer };
}

/** The package as dpkg-deb would build it: ar with control and data compressed. */
export async function buildDeb(made: MadePackage, compression: 'gzip' | 'zstd' = 'gzip'): Promise<Buffer> {
  const [ending, compress] = compression === 'zstd' ? ['zst', zstdFrame] : ['gz', gzipSync];
  const control: Record<string, Entry> = { '/control': `${paragraph(made)}Description: made-up ${made.name}\n` };
  if (made.conffiles !== undefined) control['/conffiles'] = made.conffiles.map((path) => `${path}\n`).join('');
  control['/md5sums'] = md5sums(made);
  for (const [name, text] of Object.entries(made.control ?? {})) control[`/${name}`] = { text, mode: 0o755 };
  return Buffer.concat([
    Buffer.from('!<arch>\n'),
    ...arMember('debian-binary', Buffer.from('2.0\n')),
    ...arMember(`control.tar.${ending}`, compress(await makeTar(control, './'))),
    ...(made.data === undefined
      ? arMember(`data.tar.${ending}`, compress(await makeTar(made.files, './')))
      : arMember(made.data.name, made.data.bytes)),
  ]);
}

/** Control fields up to and without Description. */
export function paragraph(made: MadePackage): string {
  const { name, version, architecture = 'amd64', source, fields = {} } = made;
  const all = {
    Package: name,
    ...(source === undefined ? {} : { Source: source }),
    Version: version,
    Architecture: architecture,
    Maintainer: 'Example Maintainers <packages@example.org>',
    'Installed-Size': '4',
    Section: 'misc',
    Priority: 'optional',
    ...fields,
  };
  return Object.entries(all)
    .map(([field, value]) => `${field}: ${value}\n`)
    .join('');
}

/** Status database, info files and contents of installed packages, as dpkg leaves them. */
export function installedFiles(packages: readonly MadePackage[], held: readonly string[] = []): Files {
  const files: Record<string, Entry> = {};
  const status: string[] = [];
  for (const made of packages) {
    Object.assign(files, made.files);
    const same = made.fields?.['Multi-Arch'] === 'same';
    const info = `/var/lib/dpkg/info/${made.name}${same ? `:${made.architecture ?? 'amd64'}` : ''}`;
    files[`${info}.list`] = ['/.', ...pathsOf(made.files)].map((path) => `${path}\n`).join('');
    files[`${info}.md5sums`] = md5sums(made);
    if (made.conffiles !== undefined) files[`${info}.conffiles`] = made.conffiles.map((path) => `${path}\n`).join('');
    for (const [name, text] of Object.entries(made.control ?? {})) files[`${info}.${name}`] = { text, mode: 0o755 };
    status.push(statusOf(made, held.includes(made.name)));
  }
  files['/var/lib/dpkg/status'] = status.join('\n');
  files['/var/lib/dpkg/available'] = '';
  files['/var/lib/dpkg/lock'] = { text: '', mode: 0o640 };
  return files;
}

function statusOf(made: MadePackage, held: boolean): string {
  const [first = '', ...rest] = paragraph(made).split('\n');
  const conffiles = (made.conffiles ?? []).map((path) => ` ${path} ${md5(textOf(made.files[path]))}`);
  return [
    first,
    `Status: ${held ? 'hold' : 'install'} ok installed`,
    ...rest.filter((line) => line !== ''),
    ...(conffiles.length > 0 ? ['Conffiles:', ...conffiles] : []),
    `Description: made-up ${made.name}`,
    '',
  ].join('\n');
}

function md5sums(made: MadePackage): string {
  return Object.entries(made.files)
    .filter(([path, entry]) => (typeof entry === 'string' || 'text' in entry) && !made.conffiles?.includes(path))
    .map(([path, entry]) => `${md5(textOf(entry))}  ${path.slice(1)}\n`)
    .join('');
}

function textOf(entry: Entry | undefined): string {
  if (typeof entry === 'string') return entry;
  return entry !== undefined && 'text' in entry ? entry.text : '';
}

function md5(text: string): string {
  return createHash('md5').update(Buffer.from(text, 'latin1')).digest('hex');
}

function arMember(name: string, bytes: Buffer): Buffer[] {
  const header = `${name.padEnd(16)}${String(MADE).padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(bytes.length).padEnd(10)}\`\n`;
  return [Buffer.from(header), bytes, ...(bytes.length % 2 === 1 ? [Buffer.from('\n')] : [])];
}
