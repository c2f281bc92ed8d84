import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { globMatch, parseGlob } from '../configuration/pin-expression.ts';
import { parseAptSources } from '../configuration/read-sources.ts';
import { memoryTree } from '../testing/memory-tree.ts';
import { basicAuthorization, credentialsFor } from './credentials.ts';
import { locate } from './locations.ts';
import { localPath, redirected } from './redirects.ts';
import { RepositoryTransport } from './transport.ts';

const auth = (text: string) => [{ name: 'auth.conf', text }];

describe('auth.conf', () => {
  it.each([
    ['machine example.org', 'https://example.org/debian/x', true],
    ['machine example.org', 'http://example.org/debian/x', false],
    ['machine http://example.org', 'http://example.org/debian/x', true],
    ['machine http://example.org', 'https://example.org/debian/x', false],
    ['machine https://example.org', 'https://example.org/debian/x', true],
    ['machine example.org/deb', 'https://example.org/debian/x', true],
    ['machine example.org/debian/', 'https://example.org/debian/x', true],
    ['machine example.org/deb/', 'https://example.org/debian/x', false],
    ['machine example.org:8443', 'https://example.org:8443/x', true],
    ['machine example.org:443', 'https://example.org:8443/x', false],
    ['machine example.org:443', 'https://example.org/x', false],
    ['machine example.org:443', 'https://example.org:443/x', true],
    ['machine example.org', 'https://example.org:8443/x', true],
    ['machine example.org/x', 'https://example.org:8443/x', false],
    ['machine example.org:8443/x', 'https://example.org:8443/x', true],
    ['machine example.orga', 'https://example.org/x', false],
    ['machine example.or', 'https://example.org/x', false],
    ['machine EXAMPLE.org', 'https://example.org/x', true],
    ['machine example.org/x', 'https://example.org.evil.example/x', false],
  ])('%s for %s: %s', (machine, url, matches) => {
    const text = `# machine example.org login no password no\n${machine}\n\tlogin apt\n password se#cret\nmachine other.example.org login x password y\n`;
    expect(credentialsFor(auth(text), url).credentials).toEqual(
      matches ? { login: 'apt', password: 'se#cret' } : undefined,
    );
  });

  it('says which file has credentials that are not sent unencrypted', () => {
    const files = [
      ...auth('machine x.example.org login a password b'),
      { name: '2', text: 'machine example.org login a' },
    ];
    expect(credentialsFor(files, 'http://example.org/x')).toEqual({ withheldBy: '2' });
    expect(credentialsFor(files, 'https://example.org/x').credentials).toEqual({ login: 'a', password: '' });
  });

  it('takes the first file that has any, and of a file the first entry that matches', () => {
    const files = [
      ...auth('machine example.org machine example.org login late password late'),
      ...auth('machine example.org/x login a password b machine example.org login c password d'),
    ];
    expect(credentialsFor(files, 'https://example.org/x').credentials).toEqual({ login: 'a', password: 'b' });
    expect(credentialsFor(files, 'https://example.org/y').credentials).toEqual({ login: 'c', password: 'd' });
  });

  it('ends on any text, and encodes for the header', () => {
    const words = fc.array(fc.oneof(fc.string(), fc.constantFrom('machine', 'login', 'password', '\n')));
    fc.assert(
      fc.property(words, (parts) => {
        expect(credentialsFor(auth(parts.join(' ')), 'ftp://nowhere.example.org/').credentials).toBeUndefined();
      }),
    );
    expect(basicAuthorization({ login: 'Aladdin', password: 'open sesame' })).toBe(
      'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==',
    );
  });
});

describe('redirects', () => {
  const uri = 'http://deb.example.org/debian/';

  it.each([
    ['deb.example.org', '/srv/m', ['/srv/m/debian/', '/srv/m/']],
    ['DEB.example.org', 'https://m.example.org', ['https://m.example.org/debian/', 'https://m.example.org/']],
    ['http://deb.example.org', '/srv/m', ['/srv/m/debian/']],
    ['http://deb.example.org/debian', 'file:///srv/m', ['/srv/m/']],
    ['http://deb.example.org/deb', '/srv/m', undefined],
    ['https://deb.example.org/', '/srv/m', undefined],
    ['*-security', '/srv/m', undefined],
    ['book*', '/srv/m', ['/srv/m/']],
    ['example.org', '/srv/m', undefined],
  ])('%s=%s', (from, to, expected) => {
    const found = redirected([{ from, to }], uri, 'bookworm');
    expect(found?.map((location) => (location.kind === 'http' ? location.url : location.path))).toEqual(expected);
  });

  it('takes the first that matches, and credentials out of the target', () => {
    const found = redirected(
      [
        { from: 'x.example.org', to: '/no' },
        { from: 'bookworm', to: 'https://u:p@m.example.org/x' },
        { from: '*', to: '/no' },
      ],
      uri,
      'bookworm',
    );
    expect(found).toEqual([
      { kind: 'http', url: 'https://m.example.org/x/', credentials: { login: 'u', password: 'p' } },
    ]);
    expect(() => redirected([{ from: '*', to: 'ftp://x.example.org/' }], uri, 'bookworm')).toThrow(/neither/);
  });

  it('matches globs like a regular expression of them', () => {
    const alphabet = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(alphabet, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 }), (pattern, text) => {
        const regex = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(globMatch(parseGlob(pattern), text)).toBe(regex.test(text));
      }),
    );
  });

  it('reads local URIs', () => {
    expect(['file:/srv/a%20b/', 'file:///srv/x/', 'copy:/srv/x/', 'file://localhost/srv/x/'].map(localPath)).toEqual([
      '/srv/a b/',
      '/srv/x/',
      '/srv/x/',
      '/srv/x/',
    ]);
  });
});

describe('locate', () => {
  const tree = memoryTree({
    '/etc/apt/mirrors.list':
      '# c\nhttp://b.example.org/debian\tpriority:2\nhttps://a.example.org/debian/ priority:1\nftp://x/\n',
    '/srv/repo/dists/x': '',
  });
  const place = (line: string, redirects: { from: string; to: string }[] = []) => {
    const [source] = parseAptSources(line, 'sources.list', 'amd64');
    if (source === undefined) throw new Error('no source');
    return locate(source, redirects, tree);
  };

  it('reads mirror lists and directories of the image', () => {
    expect(place('deb mirror+file:/etc/apt/mirrors.list s main')).toEqual({
      kind: 'located',
      locations: [
        { kind: 'http', url: 'https://a.example.org/debian/' },
        { kind: 'http', url: 'http://b.example.org/debian/' },
      ],
    });
    expect(place('deb copy:/srv/repo s main')).toEqual({
      kind: 'located',
      locations: [{ kind: 'image', path: '/srv/repo/' }],
    });
    expect(place('deb file:/srv/none s main').kind).toBe('unusable');
    expect(place('deb mirror+file:/none s main').kind).toBe('unusable');
  });

  it('rescues by a redirect what is only in a place that cannot be reached', () => {
    const redirects = [{ from: 's', to: '/srv/m' }];
    const expected = { kind: 'located', locations: [{ kind: 'directory', path: '/srv/m/' }] };
    expect(place('deb cdrom:[x]/ s main', redirects)).toEqual(expected);
    expect(place('deb mirror+http://x.example.org/list s main', redirects)).toEqual(expected);
    expect(place('deb [include=x] http://x.example.org s main', redirects).kind).toBe('unusable');
  });
});

describe('RepositoryTransport', () => {
  it.each(['../x', 'a/../../x', 'a\0b', '', './'])('refuses the path "%s"', async (path) => {
    const transport = new RepositoryTransport(undefined, memoryTree({}), []);
    await expect(transport.open({ kind: 'directory', path: '/nonexistent/' }, path, 1)).rejects.toThrow(
      expect.objectContaining({ code: 'PATH_UNSAFE' }),
    );
  });
});
