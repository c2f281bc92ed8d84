import { describe, expect, it } from 'vitest';
import {
  memoryDatabase,
  memoryRepositories,
  resolveSketches as resolve,
  type Sketch,
} from '../../../../test/support/deb-memory.ts';
import { resolveDebs } from './resolve.ts';

const a1 = { name: 'a', version: '1' };
const b1 = { name: 'b', version: '1' };
const security = 'security';

describe('candidates', () => {
  it('takes only what a security suite offers for scope security', () => {
    const offers = [
      { name: 'a', version: '2', repository: security },
      { name: 'a', version: '3' },
      { name: 'b', version: '2' },
    ];
    expect(resolve([a1, b1], offers, { scope: 'security' }).steps).toEqual(['upgrade a:amd64 2']);
    expect(resolve([a1, b1], offers).steps).toEqual(['upgrade a:amd64 3', 'upgrade b:amd64 2']);
  });

  it('falls back to a newer version of another suite when the relations allow only that', () => {
    const offers = [
      { name: 'a', version: '2', repository: security, depends: 'missing' },
      { name: 'a', version: '3' },
    ];
    expect(resolve([a1], offers, { scope: 'security' }).steps).toEqual(['upgrade a:amd64 3']);
  });

  it('leaves backports alone, as apt does, unless the image has one', () => {
    const offers = [
      { name: 'a', version: '1' },
      { name: 'a', version: '2~bpo1', repository: 'backports' },
    ];
    expect(resolve([a1], offers).steps).toEqual([]);
    expect(resolve([{ name: 'a', version: '2~bpo0' }], offers).steps).toEqual(['upgrade a:amd64 2~bpo1']);
  });

  it('reports a security update that a pin keeps away', () => {
    const repositories = memoryRepositories([{ name: 'a', version: '2', repository: security }]);
    const resolution = resolveDebs(memoryDatabase([a1]), repositories, { scope: 'security' }, { priority: () => -1 });
    expect(resolution.steps).toEqual([]);
    expect(resolution.pending).toMatchObject([{ name: 'a', to: '2', reason: 'pinned' }]);
  });

  it('never goes back to an older version', () => {
    expect(resolve([{ name: 'a', version: '5' }], [{ name: 'a', version: '4' }])).toMatchObject({
      steps: [],
      pending: [],
    });
  });

  it('follows a package from an architecture to all', () => {
    expect(resolve([a1], [{ name: 'a', version: '2', architecture: 'all' }]).steps).toEqual(['upgrade a:all 2']);
  });
});

describe('relations', () => {
  it('pulls a sibling of the same source along', () => {
    const offers = [
      { name: 'a', version: '2', depends: 'b (= 2)' },
      { name: 'b', version: '2' },
    ];
    const only = [{ name: 'a' }];
    const { full } = resolve([{ ...a1, depends: 'b (= 1)' }, b1], offers, { scope: 'all', only });
    expect(full.map(({ name, reason }) => [name, reason])).toEqual([
      ['b', 'needed by a, which depends on b (= 2)'],
      ['a', 'newest version on offer'],
    ]);
  });

  it('pulls a package whose own relation an upgrade would break', () => {
    const installed = [a1, { ...b1, depends: 'a (= 1)' }];
    const offers = [
      { name: 'a', version: '2' },
      { name: 'b', version: '2', depends: 'a (= 2)' },
    ];
    expect(resolve(installed, offers, { scope: 'all', only: [{ name: 'a' }] }).steps).toEqual([
      'upgrade a:amd64 2',
      'upgrade b:amd64 2',
    ]);
  });

  it('drops an upgrade that would break an installed package, naming the relation', () => {
    const { steps, pending } = resolve([a1, { ...b1, depends: 'a (<< 2)' }], [{ name: 'a', version: '2' }]);
    expect(steps).toEqual([]);
    expect(pending).toEqual([
      { name: 'a', to: '2', reason: 'conflict', detail: 'b 1 depends on a (<< 2); a would be 2' },
    ]);
  });

  it('drops dependants of what cannot be upgraded', () => {
    const offers = [
      { name: 'a', version: '2', depends: 'b (>= 2)' },
      { name: 'b', version: '2', depends: 'missing (>= 7)' },
    ];
    const { steps, pending } = resolve([a1, b1], offers);
    expect(steps).toEqual([]);
    expect(pending).toEqual([
      {
        name: 'a',
        to: '2',
        reason: 'unsatisfiable',
        detail:
          'b 2 depends on missing (>= 7); no repository offers missing (b: needed by a, which depends on b (>= 2))',
      },
      {
        name: 'b',
        to: '2',
        reason: 'unsatisfiable',
        detail: 'b 2 depends on missing (>= 7); no repository offers missing',
      },
    ]);
  });

  it('upgrades what Breaks demands, and drops the upgrade when that is impossible', () => {
    const offers = [{ name: 'a', version: '2', breaks: 'b (<< 2)' }];
    expect(resolve([a1, b1], [...offers, { name: 'b', version: '2' }]).steps).toEqual([
      'upgrade a:amd64 2',
      'upgrade b:amd64 2',
    ]);
    expect(resolve([a1, b1], offers).pending).toEqual([
      { name: 'a', to: '2', reason: 'conflict', detail: 'a 2 breaks b (<< 2); b stays at 1' },
    ]);
  });

  it('respects Conflicts of installed packages, also against provided names', () => {
    const installed = [a1, { ...b1, conflicts: 'mta' }];
    expect(resolve(installed, [{ name: 'a', version: '2', provides: 'mta' }])).toMatchObject({
      steps: [],
      pending: [{ name: 'a', reason: 'conflict', detail: 'b 1 conflicts with mta; a would be 2' }],
    });
  });

  it('lets a package conflict with the virtual name it provides', () => {
    const offers = [{ name: 'a', version: '2', provides: 'mta', conflicts: 'mta' }];
    expect(resolve([a1], offers).steps).toEqual(['upgrade a:amd64 2']);
  });

  it('installs a new dependency: the first alternative, and a real package before its providers', () => {
    const offers = [
      { name: 'a', version: '2', depends: 'x | y' },
      { name: 'p', version: '1', provides: 'x' },
      { name: 'x', version: '1' },
      { name: 'y', version: '1' },
    ];
    expect(resolve([a1], offers).steps).toEqual(['install x:amd64 1', 'upgrade a:amd64 2']);
    expect(
      resolve(
        [a1],
        offers.filter(({ name }) => name !== 'x'),
      ).steps,
    ).toEqual(['install p:amd64 1', 'upgrade a:amd64 2']);
  });

  it('takes another alternative when the first conflicts', () => {
    const offers = [
      { name: 'a', version: '2', depends: 'x | y' },
      { name: 'x', version: '1', conflicts: 'b' },
      { name: 'y', version: '1' },
    ];
    expect(resolve([a1, b1], offers).steps).toEqual(['install y:amd64 1', 'upgrade a:amd64 2']);
  });

  it('needs a version on Provides where the relation has one', () => {
    const offer = { name: 'a', version: '2', depends: 'v (>= 2)' };
    expect(resolve([a1, { ...b1, provides: 'v' }], [offer]).steps).toEqual([]);
    expect(resolve([a1, { ...b1, provides: 'v (= 1)' }], [offer]).steps).toEqual([]);
    expect(resolve([a1, { ...b1, provides: 'v (= 2)' }], [offer]).steps).toEqual(['upgrade a:amd64 2']);
  });

  it('keeps held packages and says so', () => {
    const offers = [
      { name: 'a', version: '2' },
      { name: 'b', version: '2', depends: 'a (>= 2)' },
    ];
    const { steps, pending } = resolve([{ ...a1, held: true }, b1], offers);
    expect(steps).toEqual([]);
    expect(pending).toEqual([
      { name: 'a', to: '2', reason: 'held', detail: 'held at 1 by the image' },
      {
        name: 'b',
        to: '2',
        reason: 'unsatisfiable',
        detail: 'b 2 depends on a (>= 2); a stays at 1 because it is held',
      },
    ]);
  });

  it('does not hold against an upgrade what was broken in the image before', () => {
    const installed = [{ ...a1, depends: 'awk' }];
    expect(resolve(installed, [{ name: 'a', version: '2', depends: 'awk' }]).steps).toEqual(['upgrade a:amd64 2']);
    expect(resolve(installed, [{ name: 'a', version: '2', depends: 'awk, sed' }]).pending).toMatchObject([
      { name: 'a', reason: 'unsatisfiable', detail: 'a 2 depends on sed; no repository offers sed' },
    ]);
  });

  it('tries again once another upgrade has made room', () => {
    const installed = [a1, { name: 'c', version: '1', depends: 'b (<< 2)' }, b1];
    const offers = [
      { name: 'a', version: '2', depends: 'b (>= 2)' },
      { name: 'b', version: '2' },
      { name: 'c', version: '2' },
    ];
    expect(resolve(installed, offers)).toMatchObject({
      steps: ['upgrade b:amd64 2', 'upgrade a:amd64 2', 'upgrade c:amd64 2'],
      pending: [],
    });
  });
});

describe('architectures', () => {
  const lib = (architecture: string, version: string): Sketch => ({
    name: 'lib',
    version,
    architecture,
    multiArch: 'same',
  });

  it('moves Multi-Arch: same packages in lock-step or not at all', () => {
    const installed = [lib('amd64', '1'), lib('i386', '1')];
    expect(resolve(installed, [lib('amd64', '2'), lib('i386', '2')]).steps).toEqual([
      'upgrade lib:amd64 2',
      'upgrade lib:i386 2',
    ]);
    expect(resolve(installed, [lib('amd64', '2')]).pending).toEqual([
      {
        name: 'lib',
        to: '2',
        reason: 'unsatisfiable',
        detail: 'lib:amd64 2 and lib:i386 1 must have the same version; lib stays at 1',
      },
    ]);
  });

  it('lets only Multi-Arch: foreign serve other architectures, and allowed serve :any', () => {
    const app = (depends: string): Sketch[] => [{ name: 'app', version: '2', architecture: 'i386', depends }];
    const installed = (multiArch: 'no' | 'foreign' | 'allowed'): Sketch[] => [
      { name: 'app', version: '1', architecture: 'i386' },
      { name: 'tool', version: '1', multiArch },
    ];
    expect(resolve(installed('no'), app('tool')).steps).toEqual([]);
    expect(resolve(installed('allowed'), app('tool')).steps).toEqual([]);
    expect(resolve(installed('allowed'), app('tool:any')).steps).toEqual(['upgrade app:i386 2']);
    expect(resolve(installed('foreign'), app('tool')).steps).toEqual(['upgrade app:i386 2']);
  });
});

describe('order', () => {
  it('puts dependencies before dependants and breaks cycles at pre-dependencies', () => {
    const installed = ['a', 'b', 'c', 'd'].map((name) => ({ name, version: '1' }));
    const offers = [
      { name: 'a', version: '2', depends: 'c' },
      { name: 'b', version: '2', preDepends: 'd' },
      { name: 'c', version: '2', depends: 'b' },
      { name: 'd', version: '2', depends: 'b' },
    ];
    expect(resolve(installed, offers).steps).toEqual([
      'upgrade d:amd64 2',
      'upgrade b:amd64 2',
      'upgrade c:amd64 2',
      'upgrade a:amd64 2',
    ]);
  });
});
