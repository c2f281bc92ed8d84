import { describe, expect, it } from 'vitest';
import type { Exclusions, UpgradeRequest } from '../../family.ts';
import { parseInstalled } from '../database/installed.ts';
import { parseIndex } from '../repository/index-entry.ts';
import { matches, parseDependency } from './dependency.ts';
import { resolveApks } from './resolve.ts';

interface Made {
  readonly name: string;
  readonly version: string;
  readonly origin?: string;
  readonly depends?: string;
  readonly provides?: string;
  readonly tag?: string;
}

const stanza = ({ name, version, origin = name, depends = '', provides = '' }: Made, index: number) => {
  const identity = Buffer.alloc(20, `${name}${version}${index}`).toString('base64');
  return `C:Q1${identity}\nP:${name}\nV:${version}\nA:x86_64\nS:1\nI:1\no:${origin}\nD:${depends}\np:${provides}\n\n`;
};

function decide(
  installed: readonly Made[],
  offered: readonly Made[],
  request: UpgradeRequest = { scope: 'all' },
  world: readonly string[] = [],
  exclusions: Exclusions = new Map(),
) {
  const offers = offered.flatMap((made, index) =>
    parseIndex(Buffer.from(stanza(made, index)), 'index').map((entry) => ({
      entry,
      repository: 'r',
      ...(made.tag === undefined ? {} : { tag: made.tag }),
    })),
  );
  const situation = {
    installed: parseInstalled(installed.map(stanza).join(''), 'installed'),
    world: world.map(parseDependency),
    offers,
  };
  const { changes, pending } = resolveApks(situation, request, exclusions);
  return { changes: changes.map(({ to, reason }) => `${to.name} ${to.version}: ${reason}`), pending };
}

const SSL: readonly Made[] = [
  { name: 'libssl', version: '1-r0', origin: 'openssl' },
  { name: 'libcrypto', version: '1-r0', origin: 'openssl' },
  { name: 'zlib', version: '1-r0' },
];
const NEWER = SSL.map((made) => ({ ...made, version: '1-r1' }));

describe('resolveApks', () => {
  it('upgrades only what is asked for and its siblings', () => {
    expect(decide(SSL, NEWER, { scope: 'all', only: [{ name: 'libssl' }] })).toEqual({
      changes: ['libcrypto 1-r1: same source as libssl', 'libssl 1-r1: asked for'],
      pending: [],
    });
  });

  it('takes a source name for its packages, and says what is not there', () => {
    const { changes, pending } = decide(SSL, NEWER, {
      scope: 'all',
      only: [{ name: 'openssl' }, { name: 'absent', minimum: '2' }],
    });
    expect(changes).toEqual(['libcrypto 1-r1: asked for', 'libssl 1-r1: asked for']);
    expect(pending).toMatchObject([{ name: 'absent', from: '', to: '2', reason: 'not-installed' }]);
  });

  it('does not upgrade to less than the minimum', () => {
    const only = [
      { name: 'zlib', minimum: '1-r5' },
      { name: 'libssl', minimum: '1-r0' },
    ];
    const { changes, pending } = decide(SSL, NEWER, { scope: 'all', only });
    expect(changes).toEqual([]);
    expect(pending).toMatchObject([{ name: 'zlib', from: '1-r0', to: '1-r5', reason: 'not-in-repository' }]);
  });

  it.each(['zlib=1-r0', 'zlib<1-r1', 'zlib~1-r0', '!zlib>1-r0'])('leaves what world holds by %s', (pin) => {
    const { changes, pending } = decide(SSL, NEWER, { scope: 'all' }, [pin]);
    expect(changes).toHaveLength(2);
    expect(pending).toMatchObject([
      { name: 'zlib', to: '1-r1', reason: 'pinned', detail: `/etc/apk/world asks for ${pin}` },
    ]);
  });

  it('leaves out what is excluded, and what needs it', () => {
    const needing = [
      ...NEWER.filter(({ name }) => name !== 'libssl'),
      { name: 'libssl', version: '1-r1', origin: 'openssl', depends: 'libcrypto=1-r1' },
    ];
    const exclusions = new Map([['libcrypto:x86_64', { reason: 'script-not-native' as const, detail: 'why' }]]);
    const { changes, pending } = decide(SSL, needing, { scope: 'all' }, [], exclusions);
    expect(changes).toEqual(['zlib 1-r1: newest in its branch']);
    expect(pending).toMatchObject([
      { name: 'libcrypto', to: '1-r1', reason: 'script-not-native', detail: 'why' },
      { name: 'libssl', to: '1-r1', reason: 'unsatisfiable', detail: 'libssl 1-r1 needs libcrypto=1-r1' },
    ]);
  });

  it('tolerates what is broken already', () => {
    const broken = [
      { name: 'a', version: '1', depends: 'nowhere' },
      { name: 'b', version: '1' },
    ];
    expect(decide(broken, [{ name: 'b', version: '2' }], { scope: 'all' }, ['missing']).changes).toEqual([
      'b 2: newest in its branch',
    ]);
  });

  it('takes tagged packages only where world says so, and then no others', () => {
    const offered = [
      { name: 'zlib', version: '3', tag: 'edge' },
      { name: 'zlib', version: '4' },
    ];
    expect(decide(SSL, offered).changes).toEqual(['zlib 4: newest in its branch']);
    expect(decide(SSL, offered, { scope: 'all' }, ['zlib@edge']).changes).toEqual(['zlib 3: newest in its branch']);
    expect(decide(SSL, offered, { scope: 'all' }, ['zlib@testing']).changes).toEqual(['zlib 4: newest in its branch']);
  });
});

describe('matches', () => {
  it.each([
    ['a', '1.2-r0', true],
    ['a=1.2-r0', '1.2-r0', true],
    ['a>=1.2', '1.2-r0', true],
    ['a>1.2-r0', '1.2-r0', false],
    ['a~1', '1.2-r0', true],
    ['a~1.2', '1.20-r0', false],
    ['a=~1.2', '1.2.3', true],
    ['a><Q1abc=', '9', true],
    ['a><Q1xyz=', '9', false],
  ])('%s and %s: %s', (dependency, version, expected) => {
    expect(matches(parseDependency(dependency), { name: 'a', version }, 'Q1abc=')).toBe(expected);
  });
});
