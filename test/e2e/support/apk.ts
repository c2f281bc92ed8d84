import { createHash } from 'node:crypto';
import {
  type BuiltPackage,
  buildApk,
  type MadePackage,
  type SigningKey,
} from '../../../src/packages/apk/testing/build-package.ts';
import { indexEntry } from '../../../src/packages/apk/testing/build-repository.ts';
import type { MadeMember } from '../../../src/packages/apk/testing/tar-writer.ts';
import type { Entry, Files } from './files.ts';

export interface ApkRoot {
  readonly packages: readonly MadePackage[];
  readonly world: readonly string[];
  readonly repositories: readonly string[];
  readonly keys: readonly SigningKey[];
  /** Directory of apk's database: `/lib/apk/db`, or of Wolfi `/usr/lib/apk/db`. */
  readonly database: string;
  /** Files that win over those of the packages. */
  readonly files?: Files;
}

/** The root that apk leaves when it installs these packages: contents, database, scripts in its own archive left out. */
export function apkRoot({ packages, world, repositories, keys, database, files = {} }: ApkRoot): Files {
  const root: Record<string, Entry> = {};
  const records: string[] = [];
  const triggers: string[] = [];
  for (const made of packages.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const built = buildApk(made, keys[0] ?? missingKey());
    for (const member of made.members ?? []) root[`/${member.name}`] = entryOf(member);
    records.push(record(built));
    if (made.triggers !== undefined) triggers.push(`${built.identity} ${made.triggers.join(' ')}\n`);
  }
  root[`${database}/installed`] = records.join('');
  root[`${database}/triggers`] = triggers.join('');
  root['/etc/apk/world'] = world.map((name) => `${name}\n`).join('');
  root['/etc/apk/arch'] = 'x86_64\n';
  root['/etc/apk/repositories'] = repositories.map((url) => `${url}\n`).join('');
  for (const { name, publicKey } of keys) root[`/etc/apk/keys/${name}`] = publicKey;
  return { ...root, ...files };
}

function missingKey(): never {
  throw new Error('a root needs a key');
}

function entryOf({ type = 'file', content = '', target = '', mode }: MadeMember): Entry {
  if (type === 'symlink') return { link: target };
  if (type === 'directory') return { directory: mode ?? 0o755 };
  return { text: Buffer.from(content).toString('latin1'), mode: mode ?? 0o644 };
}

/** A stanza of `installed`: the fields of the index, then directories and files. */
function record(built: BuiltPackage): string {
  const lines = indexEntry(built).trimEnd().split('\n');
  const directories = new Map<string, MadeMember[]>();
  for (const member of built.made.members ?? []) {
    if (member.type === 'directory') continue;
    const slash = member.name.lastIndexOf('/');
    const directory = slash < 0 ? '' : member.name.slice(0, slash);
    directories.set(directory, [...(directories.get(directory) ?? []), member]);
  }
  for (const [directory, members] of [...directories].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    lines.push(`F:${directory}`);
    for (const { name, mode = 0o644, type, target = '', content = '' } of members) {
      lines.push(`R:${name.slice(name.lastIndexOf('/') + 1)}`);
      if (type === 'symlink') lines.push('a:0:0:777');
      else if (mode !== 0o644) lines.push(`a:0:0:${mode.toString(8)}`);
      const hashed = type === 'symlink' ? target : content;
      lines.push(`Z:Q1${createHash('sha1').update(hashed).digest('base64')}`);
    }
  }
  return `${lines.join('\n')}\n\n`;
}
