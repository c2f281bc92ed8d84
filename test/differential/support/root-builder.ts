import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { findSource } from './apt-sources.ts';
import { CACHE, identityOf } from './cache.ts';
import type { Variant } from './variant.ts';

export { CACHE } from './cache.ts';

/** What of a variant decides its root: variants that only prepare it differently share one. */
export type RootRecipe = Pick<Variant, 'suite' | 'include' | 'foreign' | 'dpkgOptions'> & {
  readonly name?: string;
  /** Also every package of priority `required`: mmdebstrap's `minbase` instead of `apt`. */
  readonly required?: true;
};

/**
 * A root of the suite as its last point release left it, without the security suite, as a tar; built with mmdebstrap
 * and kept by what it is made of.
 */
export function buildRoot({ suite, include, foreign, dpkgOptions, required }: RootRecipe): string {
  const source = findSource(suite);
  if (source === undefined) throw new Error(`no apt source for ${suite}`);
  const base = required === true ? 'minbase' : 'apt';
  const identity = identityOf([suite, include, foreign, dpkgOptions, source.uri, ...(required === true ? [base] : [])]);
  const target = join(CACHE, `root-${suite}-${identity}.tar`);
  if (existsSync(target)) return target;
  mkdirSync(CACHE, { recursive: true });
  const options = (dpkgOptions ?? []).flatMap((option) => ['--dpkgopt', option]);
  const architectures = foreign === undefined ? [] : [`--architectures=${[native(), ...foreign].join(',')}`];
  const packages = include.length === 0 ? [] : [`--include=${include.join(',')}`];
  const arguments_ = ['--mode=root', `--variant=${base}`, '--format=tar', ...architectures, ...packages, ...options];
  const partial = `${target}.part-${process.pid}.tar`;
  const line = `deb ${source.uri} ${suite} main`;
  execFileSync('mmdebstrap', [...arguments_, suite, partial, line], { stdio: 'pipe' });
  renameSync(partial, target);
  return target;
}

function native(): string {
  return execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim();
}
