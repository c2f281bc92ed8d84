import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findSource } from './apt-sources.ts';
import type { Variant } from './variant.ts';

/** Everything here can be made again; removing it only costs time. */
export const CACHE = process.env['SUTURE_DIFFERENTIAL_CACHE'] ?? join(tmpdir(), 'suture-differential');

/**
 * A root of the suite as its last point release left it, without the security suite, as a tar; built with mmdebstrap
 * and kept by what it is made of.
 */
export function buildRoot(variant: Variant): string {
  const source = findSource(variant.suite);
  if (source === undefined) throw new Error(`no apt source for ${variant.suite}`);
  const identity = createHash('sha256')
    .update(JSON.stringify([variant, source.uri]))
    .digest('hex')
    .slice(0, 16);
  const target = join(CACHE, `${variant.name}-${identity}.tar`);
  if (existsSync(target)) return target;
  mkdirSync(CACHE, { recursive: true });
  const options = (variant.dpkgOptions ?? []).flatMap((option) => ['--dpkgopt', option]);
  const architectures =
    variant.foreign === undefined ? [] : [`--architectures=${[native(), ...variant.foreign].join(',')}`];
  const include = variant.include.length === 0 ? [] : [`--include=${variant.include.join(',')}`];
  const arguments_ = ['--mode=root', '--variant=apt', '--format=tar', ...architectures, ...include, ...options];
  const partial = `${target}.part.tar`;
  const line = `deb ${source.uri} ${variant.suite} main`;
  execFileSync('mmdebstrap', [...arguments_, variant.suite, partial, line], { stdio: 'pipe' });
  renameSync(partial, target);
  return target;
}

function native(): string {
  return execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim();
}
