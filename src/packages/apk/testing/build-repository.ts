import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BuiltPackage, buildApk, type MadePackage, type SigningKey, signatureSegment } from './build-package.ts';
import { tarSegment } from './tar-writer.ts';

export interface RepositoryOptions {
  readonly architecture?: string;
  readonly hash?: 'sha1' | 'sha256' | 'sha512';
  /** When the index is made, in seconds since the epoch. */
  readonly made?: number;
}

/** Writes `<directory>/<architecture>/` with the packages and a signed APKINDEX.tar.gz, as `apk index` and abuild-sign do. */
export function buildRepository(
  directory: string,
  packages: readonly MadePackage[],
  key: SigningKey,
  { architecture = 'x86_64', hash = 'sha1', made = 1_600_000_000 }: RepositoryOptions = {},
): readonly BuiltPackage[] {
  const folder = join(directory, architecture);
  mkdirSync(folder, { recursive: true });
  const built = packages.map((made) => buildApk(made, key));
  for (const { made, bytes } of built) writeFileSync(join(folder, `${made.name}-${made.version}.apk`), bytes);
  writeFileSync(join(folder, 'APKINDEX.tar.gz'), signedIndex(built.map(indexEntry).join(''), key, hash, made));
  return built;
}

export function signedIndex(
  index: string,
  key: SigningKey,
  hash: 'sha1' | 'sha256' | 'sha512' = 'sha1',
  made = 1_600_000_000,
): Buffer {
  const content = gzipSync(
    tarSegment(
      [
        { name: 'DESCRIPTION', content: 'v1.0-test' },
        { name: 'APKINDEX', content: index, mtime: made },
      ],
      true,
    ),
  );
  return Buffer.concat([signatureSegment(content, key, hash), content]);
}

/** The stanza of a package, fields in apk's order. */
export function indexEntry({ made, bytes, identity, installedSize }: BuiltPackage): string {
  const list = (field: string, values: readonly string[] = []) =>
    values.length === 0 ? [] : [`${field}:${values.join(' ')}`];
  return [
    `C:${identity}`,
    `P:${made.name}`,
    `V:${made.version}`,
    `A:${made.architecture ?? 'x86_64'}`,
    `S:${bytes.length}`,
    `I:${installedSize}`,
    `T:package ${made.name}`,
    'U:https://example.org',
    'L:MIT',
    `o:${made.origin ?? made.name}`,
    'm:A Tester <tester@example.org>',
    `t:${made.buildDate ?? 1_600_000_000}`,
    ...(made.providerPriority === undefined ? [] : [`k:${made.providerPriority}`]),
    ...list('D', made.depends),
    ...list('p', made.provides),
    ...list('i', made.installIf),
    '\n',
  ].join('\n');
}
