import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSutureError } from '../core/errors/error.ts';
import { formatImageName, parseImageName } from './image-name.ts';
import { formatReference, parseReference } from './reference.ts';

const D = `sha256:${'ab'.repeat(32)}`;

describe('parseReference', () => {
  // The cases of distribution/reference normalize_test.go that matter, by meaning.
  it.each([
    ['debian', 'docker.io/library/debian'],
    ['debian:12', 'docker.io/library/debian:12'],
    ['docker.io/debian', 'docker.io/library/debian'],
    ['index.docker.io/library/debian', 'docker.io/library/debian'],
    ['grafana/grafana:11.1', 'docker.io/grafana/grafana:11.1'],
    ['localhost/app', 'localhost/app'],
    ['localhost:5000/app:v1', 'localhost:5000/app:v1'],
    ['registry.example.org/a/b__c/d--e.f', 'registry.example.org/a/b__c/d--e.f'],
    ['127.0.0.1:5000/app', '127.0.0.1:5000/app'],
    ['[::1]:5000/app:1', '[::1]:5000/app:1'],
    ['[2001:db8::1]/app', '[2001:db8::1]/app'],
    ['MyHost/app', 'MyHost/app'],
    [`registry.example.org/app:1@${D}`, `registry.example.org/app:1@${D}`],
    [`app@${D}`, `docker.io/library/app@${D}`],
    ['localhost:5000', 'docker.io/library/localhost:5000'],
  ])('%s', (text, canonical) => {
    expect(formatReference(parseReference(text))).toBe(canonical);
  });

  it.each([
    '',
    ' debian',
    'Debian',
    'registry.example.org/App',
    'registry.example.org/',
    'registry.example.org//app',
    'a/',
    '/a',
    'a:',
    'a:b:c',
    'app@sha256:abc',
    `app@${D.toUpperCase()}`,
    `app@${D}@${D}`,
    'app:-tag',
    `app:${'t'.repeat(129)}`,
    'a..b/c.d/-e',
    'app_-x',
    'ab'.repeat(32),
    'host.example:port/app',
    '[::1/app',
    `registry.example.org/${'a'.repeat(260)}`,
    'app\n',
    'ünï/code',
  ])('refuses %j', (text) => {
    expect(() => parseReference(text)).toThrow(/is not an image reference/);
  });

  const host = fc.constantFrom(
    'docker.io',
    'localhost',
    'localhost:5000',
    'r.example.org',
    '[::1]:80',
    '10.0.0.1:5000',
  );
  const repository = fc.array(fc.stringMatching(/^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+){0,2}$/), {
    minLength: 2,
    maxLength: 4,
  });
  const tag = fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/), { nil: undefined });
  const digest = fc.option(fc.stringMatching(/^sha256:[0-9a-f]{64}$/), { nil: undefined });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(host, repository, tag, digest, (h, r, t, d) => {
        const text = `${h}/${r.join('/')}${t === undefined ? '' : `:${t}`}${d === undefined ? '' : `@${d}`}`;
        fc.pre(text.length < 250);
        const reference = parseReference(text);
        expect([reference.host, reference.repository, reference.tag, reference.digest]).toEqual([h, r.join('/'), t, d]);
        expect(formatReference(reference)).toBe(text);
      }),
    );
  });

  it('is idempotent or refuses with its own code, for any text', () => {
    const parts = fc.array(
      fc.constantFrom('a', 'B', '.', ':', '/', '@', '-', '_', '5', '[', ']', 'sha256:', D, 'localhost'),
    );
    fc.assert(
      fc.property(parts, (pieces) => {
        try {
          const reference = parseReference(pieces.join(''));
          expect(parseReference(formatReference(reference))).toEqual(reference);
        } catch (error) {
          expect(isSutureError(error, 'REFERENCE_INVALID')).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('parseImageName', () => {
  it('knows the spellings of skopeo', () => {
    expect(parseImageName('docker://debian:12')).toEqual({
      kind: 'registry',
      host: 'docker.io',
      repository: 'library/debian',
      tag: '12',
    });
    expect(parseImageName('oci:images/app')).toEqual({ kind: 'layout', directory: 'images/app' });
    expect(parseImageName('oci:/srv/app:v1')).toEqual({ kind: 'layout', directory: '/srv/app', tag: 'v1' });
    expect(parseImageName('oci:app:docker.io/library/debian:12')).toEqual({
      kind: 'layout',
      directory: 'app',
      tag: 'docker.io/library/debian:12',
    });
    expect(parseImageName(`oci:app@${D}`)).toEqual({ kind: 'layout', directory: 'app', digest: D });
    expect(parseImageName('oci:odd@dir:1')).toEqual({ kind: 'layout', directory: 'odd@dir', tag: '1' });
    expect(parseImageName('docker-archive:a.tar')).toEqual({ kind: 'archive', file: 'a.tar' });
    expect(parseImageName('docker-archive:a.tar:app')).toEqual({
      kind: 'archive',
      file: 'a.tar',
      tag: 'docker.io/library/app:latest',
    });
    expect(parseImageName('docker-archive:a.tar:@1')).toEqual({ kind: 'archive', file: 'a.tar', tag: '@1' });
    expect(parseImageName('dir:latest').kind).toBe('registry');
  });

  it.each([
    'oci:',
    'oci::tag',
    'oci:d:',
    'oci:d:-x',
    'oci:d@sha256:12',
    `oci:d:t@${D}`,
    'docker-archive:',
    `docker-archive:f:a@${D}`,
  ])('refuses %j', (text) => {
    expect(() => parseImageName(text)).toThrow(/REFERENCE|is not an image/);
  });

  it('says what to do with a transport it does not know', () => {
    expect(() => parseImageName('dir:/srv/app')).toThrow(/"dir:" is not supported/);
    expect(() => parseImageName('oci-archive:a.tar:v1')).toThrow(/"oci-archive:" is not supported/);
  });

  it('reads back what it writes', () => {
    for (const text of ['oci:d:t', `oci:d@${D}`, 'docker-archive:f', 'docker-archive:f:@0', 'r.example.org/a:b']) {
      expect(formatImageName(parseImageName(text))).toBe(text);
    }
  });
});
