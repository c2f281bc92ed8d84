import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesToByteString } from '../../../core/bytes.ts';
import { isSutureError } from '../../../core/errors/error.ts';
import { constraintName, parseRepositories, parseWorld } from './configuration.ts';
import { parseInstalled } from './installed.ts';

const fixture = new URL('../../../../../shared/fixtures/apk/installed', import.meta.url);

const STANZA = [
  'C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=',
  'P:tool',
  'V:1.2.3-r0',
  'A:x86_64',
  'L:MIT',
  'o:toolbox',
  'm:A Person <person@example.org>',
  't:1655134784',
  'D:musl>=1.2 so:libc.musl-x86_64.so.1 !other',
  'p:cmd:tool=1.2.3-r0',
  'q:unknown lower-case field',
  'F:',
  'F:usr/bin',
  'M:0:0:1777',
  'R:tool',
  'a:0:42:2755',
  'Z:Q1toogjUipHGcMgECgPJX64SwUT1M=',
  'R:alias',
];

describe('parseInstalled', () => {
  it('reads fields, files and their metadata, and keeps every line', () => {
    const [tool, ...rest] = parseInstalled(`${STANZA.join('\n')}\n\n`, 'installed');
    expect(rest).toEqual([]);
    expect(tool).toMatchObject({ name: 'tool', version: '1.2.3-r0', origin: 'toolbox', buildTime: 1655134784 });
    expect(tool?.depends).toEqual(['musl>=1.2', 'so:libc.musl-x86_64.so.1', '!other']);
    expect(tool?.lines).toEqual(STANZA);
    expect(tool?.fields.find(({ letter }) => letter === 'q')?.value).toBe('unknown lower-case field');
    expect(tool?.directories).toEqual([
      { path: '', files: [] },
      {
        path: 'usr/bin',
        acl: { uid: 0, gid: 0, mode: 0o1777 },
        files: [
          { name: 'tool', acl: { uid: 0, gid: 42, mode: 0o2755 }, checksum: 'Q1toogjUipHGcMgECgPJX64SwUT1M=' },
          { name: 'alias' },
        ],
      },
    ]);
  });

  it.skipIf(!existsSync(fixture))('gives a real database back line by line', () => {
    const text = bytesToByteString(readFileSync(fixture));
    const packages = parseInstalled(text, 'installed');
    expect(packages.length).toBe(text.match(/^P:/gm)?.length);
    expect(
      packages
        .flatMap(({ lines }) => [...lines, ''])
        .join('\n')
        .trimEnd(),
    ).toBe(text.trimEnd());
    const files = packages.flatMap(({ directories }) => directories.flatMap((directory) => directory.files));
    expect(files.length).toBe(text.match(/^R:/gm)?.length);
    expect(files.filter(({ checksum }) => checksum !== undefined).length).toBe(text.match(/^Z:/gm)?.length);
  });

  it.each([
    ['P:a\nV:1\nrubbish', /is not a field/],
    ['P:a\nA:x86_64', /no name or version/],
    ['P:a\nV:1\nR:file', /before the first directory/],
    ['P:a\nV:1\nF:etc\nZ:Q1', /before the first file/],
    ['P:a\nV:1\nF:etc\nM:root:0:755', /uid:gid:mode/],
  ])('refuses %j', (text, message) => {
    expect(() => parseInstalled(text, 'installed')).toThrow(message);
  });

  it('reads or refuses any lines', () => {
    const line = fc.oneof(fc.constantFrom(...STANZA), fc.string({ maxLength: 12 }));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
        try {
          const packages = parseInstalled(lines.join('\n'), 'installed');
          expect(packages.flatMap((each) => each.lines)).toEqual(
            lines
              .join('\n')
              .split('\n')
              .filter((each) => each !== ''),
          );
        } catch (error) {
          if (!isSutureError(error, 'DATABASE_UNREADABLE')) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('configuration', () => {
  it('reads world and repositories', () => {
    expect(parseWorld('alpine-base\nnginx=1.2-r0\n\n bar@edge\n')).toEqual(['alpine-base', 'nginx=1.2-r0', 'bar@edge']);
    const text =
      '# https://example.org/no\nhttps://example.org/alpine/v3.19/main\n\n@edge https://example.org/alpine/edge/main #x\n/media/cdrom\n';
    expect(parseRepositories(text)).toEqual([
      { url: 'https://example.org/alpine/v3.19/main' },
      { tag: 'edge', url: 'https://example.org/alpine/edge/main' },
      { url: '/media/cdrom' },
    ]);
    expect(['so:libssl.so.3=3.0', 'musl>=1.2', 'nginx@edge', 'a~1.2'].map(constraintName)).toEqual([
      'so:libssl.so.3',
      'musl',
      'nginx',
      'a',
    ]);
  });
});
