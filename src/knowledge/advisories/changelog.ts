import { gunzipSync } from 'node:zlib';
import { type ByteString, bytesToByteString } from '../../core/bytes.ts';
import { SutureError } from '../../core/errors/error.ts';
import type { DataMember, DebArchive } from '../../packages/deb/types.ts';
import { cveIdsIn } from './cve-ids.ts';

export interface ChangelogEntry {
  readonly source: string;
  readonly version: string;
  readonly text: ByteString;
}

/** Decompressed; the largest of Debian (linux) has 2 MiB trimmed, 20 MiB whole. */
const CHANGELOG_LIMIT = 64 * 1024 * 1024;

/** First line of an entry (deb-changelog(5)): `source (version) distribution...; key=value`. */
const HEADING = /^([a-z0-9][a-z0-9+.-]*) \(([^()\s]+)\)(?:\s+[^;]*)?(?:;.*)?$/i;

/**
 * Entries in the order of the file, newest first as a rule. Whatever is not an entry (trailers, modelines, trimming
 * notes, old free-form entries) belongs to the entry above it, or to none.
 */
export function parseChangelog(text: ByteString): readonly ChangelogEntry[] {
  const entries: { source: string; version: string; lines: string[] }[] = [];
  for (const line of text.split('\n')) {
    const heading = HEADING.exec(line.trimEnd());
    if (heading !== null) entries.push({ source: heading[1] ?? '', version: heading[2] ?? '', lines: [] });
    else entries.at(-1)?.lines.push(line);
  }
  return entries.map(({ source, version, lines }) => ({ source, version, text: lines.join('\n') }));
}

/**
 * CVE ids that the changelog names between two versions of the source package: after `from`, up to and including `to`.
 * Where the file holds both, its own order decides (a stable update goes on from its release, whatever numbers lie
 * between); else the version order does, as for rebuilds (`+b1`), which have no entry, and for trimmed changelogs.
 */
export function cvesBetween(
  changelog: ByteString,
  from: string,
  to: string,
  compare: (a: string, b: string) => number,
): readonly string[] {
  const entries = parseChangelog(changelog);
  const newest = entries.findIndex(({ version }) => version === to);
  const oldest = entries.findIndex(({ version }) => version === from);
  const between =
    newest >= 0 && oldest > newest
      ? entries.slice(newest, oldest)
      : entries.filter(({ version }) => compare(version, from) > 0 && compare(version, to) <= 0);
  return cveIdsIn(between.map(({ text }) => text).join('\n'));
}

/**
 * The Debian changelog of a package, from the packages that are being applied (by name; path exclusions of the image do
 * not matter). Of a package whose doc directory or changelog is a symlink to another package's, that one is taken.
 * Undefined when the packages at hand do not hold it. A rebuild's own entry comes first.
 * @throws SutureError PACKAGE_INVALID when a changelog is damaged or too large
 */
export function changelogOf(name: string, archives: ReadonlyMap<string, DebArchive>): ByteString | undefined {
  const seen = new Set<string>();
  let current = name;
  while (!seen.has(current)) {
    seen.add(current);
    const archive = archives.get(current);
    if (archive === undefined) return undefined;
    const found = locate(current, archive);
    if (found === undefined) return undefined;
    if ('text' in found) return found.text;
    current = found.package;
  }
  return undefined;
}

type Location = { readonly text: ByteString } | { readonly package: string } | undefined;

const DOC = '/usr/share/doc';

function locate(name: string, archive: DebArchive): Location {
  const directory = `${DOC}/${name}`;
  const members = new Map<string, DataMember>();
  for (const member of archive.members) if (member.path.startsWith(`${DOC}/`)) members.set(member.path, member);
  const link = members.get(directory);
  if (link?.type === 'symlink') return elsewhere(resolveLink(directory, link.target ?? ''), name);
  const architecture = archive.control.get('Architecture') ?? '';
  const rebuild = read(members.get(`${directory}/changelog.Debian.${architecture}.gz`)) ?? '';
  for (const file of ['changelog.Debian.gz', 'changelog.Debian', 'changelog.gz', 'changelog']) {
    const path = `${directory}/${file}`;
    const member = members.get(path);
    if (member?.type === 'symlink') {
      const other = elsewhere(resolveLink(path, member.target ?? ''), name);
      if (other !== undefined) return other;
      continue;
    }
    const text = read(member);
    // A `changelog.gz` beside no `changelog.Debian.gz` is Debian's in native packages, else upstream's.
    if (text !== undefined && parseChangelog(text.slice(0, 4096)).length > 0) return { text: `${rebuild}\n${text}` };
  }
  return rebuild === '' ? undefined : { text: rebuild };
}

function elsewhere(path: string, name: string): Location {
  const other = path.startsWith(`${DOC}/`) ? (path.slice(DOC.length + 1).split('/')[0] ?? '') : '';
  return other === '' || other === name ? undefined : { package: other };
}

function resolveLink(path: string, target: string): string {
  const parts = target.startsWith('/') ? [] : path.split('/').slice(1, -1);
  for (const part of target.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

function read(member: DataMember | undefined): ByteString | undefined {
  if (member?.type !== 'file') return undefined;
  if (member.size > CHANGELOG_LIMIT) throw damaged(member.path);
  const bytes = member.read();
  if (!member.path.endsWith('.gz')) return bytesToByteString(bytes);
  try {
    return bytesToByteString(gunzipSync(bytes, { maxOutputLength: CHANGELOG_LIMIT }));
  } catch (cause) {
    throw damaged(member.path, cause);
  }
}

function damaged(path: ByteString, cause?: unknown): SutureError {
  return new SutureError('PACKAGE_INVALID', `${path} is not a readable changelog`, { cause });
}
