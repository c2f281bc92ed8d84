import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, Digester } from '../../core/digest.ts';
import { SutureError } from '../../core/errors/error.ts';
import { checkLimit, LIMITS } from '../../core/limits.ts';
import { collect, fromBytes } from '../../core/streams.ts';
import { decompress } from '../../oci/compress/decompress.ts';
import type { AdvisorySet, PackageAdvisory } from './advisory-set.ts';
import { osvAdvisories } from './osv.ts';
import { secdbAdvisories } from './secdb.ts';
import { updateinfoAdvisories } from './updateinfo.ts';

/**
 * Reads advisories from a file (OSV JSON, one record or a list; Alpine's secdb JSON; updateinfo.xml, plain, gzip or zstd) or
 * from every such file of a directory.
 * @throws SutureError FILE_UNREADABLE, LIMIT_EXCEEDED, INVALID_DATA
 */
export async function readAdvisories(path: string): Promise<AdvisorySet> {
  const files = await filesOf(path);
  const digester = new Digester();
  const advisories: PackageAdvisory[] = [];
  let newest = '';
  for (const file of files) {
    const bytes = await readFile(file).catch((cause: Error) => {
      throw new SutureError('FILE_UNREADABLE', `cannot read the advisories ${file}: ${cause.message}`, { cause });
    });
    digester.update(bytes);
    const part = await parse(bytes, file);
    advisories.push(...part.advisories);
    if (part.updatedAt !== undefined && part.updatedAt > newest) newest = part.updatedAt;
  }
  const digest: Digest = digester.digest();
  return {
    source: { name: path, kind: 'advisories', digest, ...(newest === '' ? {} : { updatedAt: newest }) },
    advisories,
  };
}

async function filesOf(path: string): Promise<readonly string[]> {
  const info = await stat(path).catch((cause: Error) => {
    throw new SutureError('FILE_UNREADABLE', `cannot read the advisories ${path}: ${cause.message}`, { cause });
  });
  if (!info.isDirectory()) return [path];
  const names = await readdir(path, { recursive: true });
  return names
    .filter((name) => /\.(?:json|xml)(?:\.(?:gz|zst))?$/.test(name))
    .sort()
    .map((name) => join(path, name));
}

interface Part {
  readonly advisories: readonly PackageAdvisory[];
  readonly updatedAt?: string;
}

async function parse(bytes: Buffer, file: string): Promise<Part> {
  checkLimit(`the advisories ${file}`, bytes.length, LIMITS.report);
  const packed = /\.(?:gz|zst)$/.test(file);
  const plain = packed ? await collect(decompress(fromBytes(bytes), file), LIMITS.report, file) : bytes;
  const text = plain.toString('utf8');
  if (text.trimStart().startsWith('<')) return updateinfoAdvisories(text, file);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new SutureError('INVALID_DATA', `${file} is neither JSON nor XML`, { cause });
  }
  if (typeof json === 'object' && json !== null && 'distroversion' in json)
    return { advisories: secdbAdvisories(json, file) };
  const parts = (Array.isArray(json) ? json : [json]).map((record) => osvAdvisories(record, file));
  const newest =
    parts
      .map(({ modified }) => modified ?? '')
      .sort()
      .at(-1) ?? '';
  return { advisories: parts.flatMap(({ advisories }) => advisories), ...(newest === '' ? {} : { updatedAt: newest }) };
}
