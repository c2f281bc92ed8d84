import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IndexEntry } from '../repository/index-entry.ts';
import type { InstalledApk } from '../types.ts';
import { compareApkVersions } from '../version/compare.ts';
import { parseDependency } from './dependency.ts';
import { resolveApks } from './resolve.ts';

/** A build in the terms of the oracle, which shares no code with the resolver but the order of versions. */
interface Build {
  readonly name: string;
  readonly version: string;
  readonly depends: readonly string[];
  readonly provides: readonly string[];
  readonly origin: string;
}

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const VERSIONS = ['1', '2', '3'];

const constraint = fc
  .tuple(
    fc.constantFrom(...NAMES, 'v', 'w'),
    fc.constantFrom('', '', '=1', '=2', '>1', '>=2', '<3', '~2'),
    fc.integer({ min: 0, max: 7 }),
  )
  .map(([name, range, kind]) => `${kind === 0 ? '!' : ''}${name}${range}`);
const provision = fc.constantFrom('v', 'v=1', 'v=2', 'w', 'w=3');

const build = (name: string, version: string) =>
  fc.record({
    name: fc.constant(name),
    version: fc.constant(version),
    depends: fc
      .array(constraint, { maxLength: 2 })
      .map((list) => list.filter((text) => !/^!?([a-z])/.exec(text)?.[1]?.includes(name))),
    provides: fc.array(provision, { maxLength: 1 }),
    origin: fc.constantFrom('', 'x', 'y'),
  });

const builds = fc
  .tuple(...NAMES.flatMap((name) => VERSIONS.map((version) => fc.option(build(name, version), { freq: 2 }))))
  .map((all) => all.filter((each) => each !== null));

const situation = builds.chain((all) =>
  fc.record({
    all: fc.constant(all),
    installed: fc.subarray(all).map((picked) => [...new Map(picked.map((each) => [each.name, each])).values()]),
    world: fc.array(constraint, { maxLength: 2 }),
  }),
);

function satisfies(build: Build, dependency: string): boolean {
  const [, name, operator, version = ''] = /^!?([a-z]+)([<>=~]*)(.*)$/.exec(dependency) ?? [];
  const offered = [`${build.name}=${build.version}`, ...build.provides];
  return offered.some((text) => {
    const [offeredName, offeredVersion] = text.split('=');
    if (offeredName !== name) return false;
    if (operator === '') return true;
    if (offeredVersion === undefined) return false;
    const order = compareApkVersions(offeredVersion, version);
    if (operator === '~') return order === 0;
    return (
      (order === 0 && operator?.includes('=')) ||
      (order < 0 && operator === '<') ||
      (order > 0 && operator?.includes('>') === true)
    );
  });
}

function isValid(root: readonly Build[], world: readonly string[]): boolean {
  const met = (dependency: string, owner: Build | undefined): boolean =>
    dependency.startsWith('!')
      ? root.every((other) => other === owner || !satisfies(other, dependency))
      : root.some((other) => satisfies(other, dependency));
  if (!world.every((dependency) => met(dependency, undefined))) return false;
  if (!root.every((owner) => owner.depends.every((dependency) => met(dependency, owner)))) return false;
  return root.every((first) =>
    root.every((second) => {
      if (first === second) return true;
      const names = [`${first.name}=`, ...first.provides];
      const others = [`${second.name}=`, ...second.provides];
      return names.every((one) =>
        others.every((two) => one.split('=')[0] !== two.split('=')[0] || !(one.includes('=') || two.includes('='))),
      );
    }),
  );
}

/** Every root that keeps all that is installed, at the same or a newer version, maybe with more. */
function* roots(
  all: readonly Build[],
  installed: readonly Build[],
  names: readonly string[] = NAMES,
): Generator<Build[]> {
  const [name, ...rest] = names;
  if (name === undefined) {
    yield [];
    return;
  }
  const present = installed.find((each) => each.name === name);
  const choices = all.filter(
    (each) =>
      each.name === name &&
      (present === undefined || each === present || compareApkVersions(each.version, present.version) > 0),
  );
  for (const others of roots(all, installed, rest)) {
    if (present === undefined) yield others;
    for (const choice of choices) yield [choice, ...others];
  }
}

function oracle(all: readonly Build[], installed: readonly Build[], world: readonly string[]): Map<string, string> {
  let valid = [...roots(all, installed)].filter((root) => isValid(root, world));
  const versions = new Map<string, string>();
  const newest = installed.map((present) => {
    const known = all.filter(
      (each) => each.name === present.name && compareApkVersions(each.version, present.version) >= 0,
    );
    return known.reduce((best, each) => (compareApkVersions(each.version, best.version) > 0 ? each : best), present);
  });
  const whole = valid.filter((root) => newest.every((each) => root.includes(each)));
  if (whole.length > 0) valid = whole;
  for (const present of [...installed].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const reachable = valid.map((root) => root.find(({ name }) => name === present.name)?.version ?? '');
    const best = reachable.reduce((a, b) => (compareApkVersions(a, b) >= 0 ? a : b), present.version);
    const upgrades = best !== present.version;
    versions.set(present.name, best);
    // A package that cannot be upgraded is not fixed: it may still be moved for another's sake, but only back to itself.
    if (upgrades)
      valid = valid.filter((root) => root.some(({ name, version }) => name === present.name && version === best));
  }
  return versions;
}

function installedApk({ name, version, depends, provides, origin }: Build): InstalledApk {
  const fields = [] as const;
  return {
    ...{ name, version, depends, provides, origin, fields },
    ...{ arch: 'x86_64', identity: `${name}-${version}`, license: '', maintainer: '', installIf: [], replaces: [] },
    ...{ buildTime: 0, directories: [], lines: [] },
  };
}

function indexEntry({ name, version, depends, provides, origin }: Build): IndexEntry {
  return {
    ...{ name, version, depends, provides, origin },
    ...{ architecture: 'x86_64', identity: `${name}-${version}`, size: 1, installedSize: 1, buildTime: 0 },
    ...{ providerPriority: 0, installIf: [], fields: new Map() },
  };
}

function resolve(all: readonly Build[], installed: readonly Build[], world: readonly string[]) {
  const offers = all.map((each) => ({ entry: indexEntry(each), repository: 'r' }));
  const given = { installed: installed.map(installedApk), world: world.map(parseDependency), offers };
  return resolveApks(given, { scope: 'all' }, new Map());
}

describe('resolveApks', () => {
  it('finds what exhaustive search finds', () => {
    let interesting = 0;
    fc.assert(
      fc.property(situation, ({ all, installed, world }) => {
        fc.pre(isValid(installed, world));
        const { changes, pending } = resolve(all, installed, world);
        const chosen = new Map(installed.map((each) => [each.name, each]));
        for (const { to } of changes) {
          const found = all.find(({ name, version }) => name === to.name && version === to.version);
          if (found !== undefined) chosen.set(found.name, found);
        }
        expect(isValid([...chosen.values()], world)).toBe(true);
        const versions = new Map(installed.map(({ name }) => [name, chosen.get(name)?.version]));
        expect(versions).toEqual(oracle(all, installed, world));
        for (const { name } of pending) expect(versions.has(name)).toBe(true);
        if (changes.length > 0 && pending.length > 0) interesting++;
      }),
      { numRuns: 1000 },
    );
    expect(interesting).toBeGreaterThan(5);
  });
});
