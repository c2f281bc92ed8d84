import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { releaseDirectory } from '../release/open-release.ts';
import { hasProgram } from '../testing/gpg.ts';
import { memoryTree } from '../testing/memory-tree.ts';
import { isConfigurationName } from './file-names.ts';
import { parseAptSources, readAptSources } from './read-sources.ts';
import { architecturesOf, repositoryId } from './source.ts';

const FILES = {
  '/etc/apt/sources.list': `# comment
deb http://deb.example.org/debian bookworm main contrib # trailing
deb [arch=amd64,arm64 signed-by=/usr/share/keyrings/a.gpg] https://user:pw@deb.example.org/debian bookworm-updates main
deb [ arch-=arm64 ] http://deb.example.org/x $(ARCH)/suite main
deb-src http://deb.example.org/debian bookworm main
deb http://flat.example.org/$(ARCH)/repo ./
deb http://flat.example.org/repo sub/$(ARCH)/dir/
deb http://flat.example.org/root /
deb [lang=none trusted=yes by-hash=force] file:/srv/repo stable main
deb\thttp://deb.example.org/debian/ \t buster/updates main
deb [arch=arm64] http://only.example.org/ stable main
deb [arch=riscv64] http://none.example.org/ stable main
`,
  '/etc/apt/sources.list.d/b.sources': `# head
Types: deb deb-src
URIs: http://deb822.example.org/debian
 https://deb822.example.org/second/
Suites: trixie trixie-updates
Components: main non-free-firmware
# in between
Architectures: amd64
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://off.example.org/
Suites: x
Components: main
Enabled: no

Types: deb
URIs: http://removed.example.org/
Suites: x
Components: main
Architectures-Remove: amd64

types: deb
uris: http://flat822.example.org/
suites: ./
`,
  '/etc/apt/sources.list.d/a.list': 'deb http://a.example.org/ s main\n',
  '/etc/apt/sources.list.d/c.list.save': 'deb http://bad.example.org/ s main\n',
  '/etc/apt/sources.list.d/.hidden.list': 'deb http://bad.example.org/ s main\n',
  '/etc/apt/sources.list.d/d:e.list': 'deb http://colon.example.org/ s main\n',
  '/etc/apt/sources.list.d/list': 'deb http://bad.example.org/ s main\n',
  '/etc/apt/sources.list.d/a b.list': 'deb http://bad.example.org/ s main\n',
};

/** URLs of the Packages.xz files that a client which knows nothing of the Release files would ask for. */
function indexUrls(architectures: readonly string[]): string[] {
  return readAptSources(memoryTree(FILES), 'amd64').flatMap((source) => {
    const userInfo =
      source.credentials === undefined ? '' : `${source.credentials.login}:${source.credentials.password}@`;
    const uri = source.uri.replace('://', `://${userInfo}`);
    const base = `${uri}${releaseDirectory(source.suite)}`;
    if (source.components.length === 0) return [`${base}Packages.xz`];
    const wanted = architecturesOf(source, architectures);
    return source.components.flatMap((component) =>
      wanted.map((architecture) => `${base}${component}/binary-${architecture}/Packages.xz`),
    );
  });
}

describe('readAptSources', () => {
  it.skipIf(!hasProgram('apt-get'))('finds the indexes that apt-get update would fetch (needs apt)', () => {
    const directory = mkdtempSync(join(tmpdir(), 'apt-sources-'));
    try {
      for (const [path, text] of Object.entries(FILES)) {
        mkdirSync(dirname(join(directory, path)), { recursive: true });
        writeFileSync(join(directory, path), text);
      }
      mkdirSync(join(directory, 'lists/partial'), { recursive: true });
      const options = [
        ...[`Dir::State::lists=${directory}/lists`, `Dir::Etc::sourcelist=${directory}/etc/apt/sources.list`],
        ...[`Dir::Etc::sourceparts=${directory}/etc/apt/sources.list.d`, 'APT::Architecture=amd64'],
        ...['APT::Architectures::=amd64', 'APT::Architectures::=arm64', 'Acquire::Languages=none'],
      ].flatMap((option) => ['-o', option]);
      const output = execFileSync('apt-get', ['update', '--print-uris', ...options], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const printed = [...output.toString().matchAll(/^'([^']*\/Packages\.xz)'/gm)]
        .map(([, url = '']) => url.replace('/./', '/').replace(/([^:/])\/\/+/g, '$1/'))
        .filter((url) => !/\/binary-(?:all|riscv64)\//.test(url));
      expect(printed.length).toBeGreaterThan(15);
      expect(indexUrls(['amd64', 'arm64']).toSorted()).toEqual([...new Set(printed)].toSorted());
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('reads options of both forms', () => {
    const oneLine = parseAptSources(
      'deb [signed-by=/a.gpg,/b.asc check-valid-until=no valid-until-max=3600 date-max-future=60 by-hash=no] http://x.example.org s m',
      'sources.list',
      'amd64',
    );
    const deb822 = parseAptSources(
      'Types: deb\nURIs: http://x.example.org\nSuites: s\nComponents: m\nSigned-By: /a.gpg /b.asc\nCheck-Valid-Until: false\nValid-Until-Max: 3600\nDate-Max-Future: 60\nBy-Hash: no\n',
      'x.sources',
      'amd64',
    );
    expect(oneLine).toEqual([
      {
        origin: 'sources.list:1',
        uri: 'http://x.example.org/',
        suite: 's',
        components: ['m'],
        architectures: { add: [], remove: [] },
        signedBy: [
          { kind: 'file', path: '/a.gpg' },
          { kind: 'file', path: '/b.asc' },
        ],
        trusted: false,
        checkValidUntil: false,
        validUntilMax: 3600,
        dateMaxFuture: 60,
        byHash: 'no',
      },
    ]);
    expect(deb822).toEqual(oneLine.map((source) => ({ ...source, origin: 'x.sources:1' })));
  });

  it('reads fingerprints and refuses what is none', () => {
    const signedBy = (value: string) =>
      parseAptSources(`deb [signed-by=${value}] http://x.example.org s m`, 'l', 'amd64')[0];
    const fingerprint = 'a'.repeat(40);
    expect(signedBy(`${fingerprint}!`)?.signedBy).toEqual([
      { kind: 'fingerprint', fingerprint: fingerprint.toUpperCase(), exact: true },
    ]);
    expect(signedBy('deadbeef')?.unusable).toMatch(/neither a path/);
  });

  it.each([
    ['deb cdrom:[Debian GNU/Linux 12 _Bookworm_]/ bookworm main', /CD-ROM/],
    ['deb s3://bucket.example.org/ s main', /method "s3"/],
    ['deb http://x.example.org ../s main', /leaves the repository/],
    ['deb http://x.example.org s', /no component/],
    ['deb http://x.example.org s/ main', /no components/],
    ['deb [inrelease-path=x] http://x.example.org s main', /inrelease-path/],
    ['rpm http://x.example.org s main', /"rpm" is not known/],
    ['deb http://x.example.org', /missing/],
  ])('lists %s with the reason', (line, reason) => {
    const sources = parseAptSources(line, 'sources.list', 'amd64');
    expect(sources.map(({ unusable }) => unusable)).toEqual([expect.stringMatching(reason)]);
  });

  it('keeps credentials out of everything that is shown', () => {
    const [source] = parseAptSources('deb https://me:p%40ss@x.example.org/d s main', 'sources.list', 'amd64');
    if (source === undefined) throw new Error('no source');
    expect(source.credentials).toEqual({ login: 'me', password: 'p@ss' });
    expect(repositoryId(source, 'main')).toBe('https://x.example.org/d s main');
  });

  it('never fails on any text, and always gives a reason or a usable source', () => {
    const lines = fc.array(
      fc.oneof(fc.string(), fc.constantFrom('deb ', '[', ']', 'http://x/', 'Types: deb', 'URIs:', '\n')),
    );
    fc.assert(
      fc.property(lines, fc.constantFrom('a.list', 'a.sources'), (parts, file) => {
        for (const source of parseAptSources(parts.join(' '), file, 'amd64')) {
          expect(source.unusable !== undefined || /^[a-z+]+:/.test(source.uri)).toBe(true);
        }
      }),
    );
  });

  it('ignores the files that apt ignores', () => {
    for (const name of ['x.list', 'a_b-c:1.2.list', 'X.sources'])
      expect(isConfigurationName(name, ['list', 'sources'])).toBe(true);
    for (const name of ['.x.list', 'x.list~', 'x.list.', 'list', 'ü.list', 'x.LIST', 'x.list.dpkg-dist']) {
      expect(isConfigurationName(name, ['list', 'sources'])).toBe(false);
    }
    expect(isConfigurationName('pins', ['pref', ''])).toBe(true);
    expect(isConfigurationName('pins.bak', ['pref', ''])).toBe(false);
  });
});
