import { describe, expect, it } from 'vitest';
import { memoryRepositories } from '../../../../test/support/deb-memory.ts';
import { dependencyClosure } from './closure.ts';

const names = (offers: Parameters<typeof memoryRepositories>[0], wanted: readonly string[]) =>
  dependencyClosure(memoryRepositories(offers), wanted, 'amd64').map(({ name, version }) => `${name} ${version}`);

describe('dependencyClosure', () => {
  it('lists dependencies before what needs them, each once', () => {
    const offers = [
      { name: 'app', version: '1', depends: 'lib, data' },
      { name: 'lib', version: '2', preDepends: 'libc' },
      { name: 'data', version: '3', architecture: 'all', depends: 'libc (>= 2)' },
      { name: 'libc', version: '2.36' },
    ];
    expect(names(offers, ['app', 'lib'])).toEqual(['libc 2.36', 'lib 2', 'data 3', 'app 1']);
  });

  it('takes the newest version that fits, and the first alternative that can be had', () => {
    const offers = [
      { name: 'app', version: '1', depends: 'lib (<< 2), missing | fallback' },
      { name: 'lib', version: '2' },
      { name: 'lib', version: '1.5' },
      { name: 'fallback', version: '1' },
    ];
    expect(names(offers, ['app'])).toEqual(['lib 1.5', 'fallback 1', 'app 1']);
  });

  it('keeps what was chosen before when it satisfies, also as an alternative or a virtual package', () => {
    const offers = [
      { name: 'app', version: '1', depends: 'awk, usrmerge | usr-is-merged' },
      { name: 'gawk', version: '1', provides: 'awk' },
      { name: 'mawk', version: '1', provides: 'awk' },
      { name: 'usrmerge', version: '1' },
      { name: 'usr-is-merged', version: '1' },
    ];
    expect(names(offers, ['mawk', 'usr-is-merged', 'app'])).toEqual(['mawk 1', 'usr-is-merged 1', 'app 1']);
  });

  it('ends on cycles', () => {
    const offers = [
      { name: 'libc', version: '1', depends: 'libgcc' },
      { name: 'libgcc', version: '1', depends: 'libc' },
    ];
    expect(names(offers, ['libc']).sort()).toEqual(['libc 1', 'libgcc 1']);
  });

  it('names what cannot be had and who needs it; an unversioned Provides satisfies no version', () => {
    const offers = [
      { name: 'app', version: '1', depends: 'api (>= 2)' },
      { name: 'provider', version: '9', provides: 'api' },
    ];
    expect(() => names(offers, ['app'])).toThrow('no repository has api (>= 2), which app needs');
  });
});
