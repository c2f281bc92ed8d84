import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseParagraphs } from '../../control/paragraphs.ts';
import { readAvailableDeb } from './available-deb.ts';
import { buildIndexTable, decodeIndexTable, encodeIndexTable } from './index-table.ts';
import { textInMemory } from './index-text.ts';
import { PackagesIndex } from './packages-index.ts';

const HASH = 'a'.repeat(64);

const name = fc.constantFrom('a', 'ab', 'lib-c++', 'x.y');
const paragraph = fc
  .record({ name, provides: fc.array(name, { maxLength: 3 }), folded: fc.boolean(), late: fc.boolean() })
  .map(({ name: own, provides, folded, late }) => {
    const fields = [`Version: 1`, 'Description: Package: no', ' Provides: no', `SHA256: ${HASH}`];
    if (provides.length > 0) {
      fields.push(`Provides: ${provides.map((provided) => `${provided} (= 1)`).join(folded ? ',\n ' : ', ')}`);
    }
    const lines = late ? [...fields, `Package: ${own}`] : [`Package: ${own}`, ...fields];
    return `${lines.join('\n')}\n`;
  });

describe('PackagesIndex', () => {
  it('finds what a parser of the whole file finds', () => {
    fc.assert(
      fc.property(
        fc.array(paragraph, { maxLength: 6 }),
        fc.constantFrom('\n', '\n\n'),
        fc.boolean(),
        (texts, gap, cut) => {
          const whole = texts.join(gap);
          const text = cut ? whole.replace(/\n$/, '') : whole;
          const bytes = Buffer.from(text, 'latin1');
          const kept = decodeIndexTable(encodeIndexTable(buildIndexTable(bytes, 'test'), HASH), HASH);
          if (kept === undefined) throw new Error('the table does not come back');
          const index = new PackagesIndex(textInMemory(bytes), kept);
          const parsed = parseParagraphs(text);
          expect(index.size).toBe(parsed.length);
          for (const wanted of ['a', 'ab', 'lib-c++', 'x.y', 'none']) {
            const named = parsed.filter((fields) => fields.get('Package') === wanted);
            expect(index.paragraphsOf(wanted).flatMap((found) => parseParagraphs(found))).toEqual(named);
            const providing = parsed.filter((fields) =>
              (fields.get('Provides') ?? '').split(',').some((clause) => clause.trim().split(' ')[0] === wanted),
            );
            expect(index.paragraphsProviding(wanted).flatMap((found) => parseParagraphs(found))).toEqual(providing);
          }
        },
      ),
    );
  });

  it('refuses an index without names or hashes', () => {
    expect(() => PackagesIndex.of(Buffer.from('Version: 1\n'), 'test')).toThrow(/without a package name/);
    expect(() => PackagesIndex.of(Buffer.from('Package: a\nMD5sum: x\n'), 'test')).toThrow(/no SHA256/);
    expect(PackagesIndex.of(Buffer.alloc(0), 'test').size).toBe(0);
  });
});

describe('a kept table', () => {
  const text = Buffer.from('Package: a\nVersion: 1\nProvides: b, c\n');
  const encoded = encodeIndexTable(buildIndexTable(text, 'test'), HASH);

  it('is not used for another text', () => {
    expect(decodeIndexTable(encoded, 'b'.repeat(64))).toBeUndefined();
  });

  it('is not used when any byte of it changed, or some are missing', () => {
    for (let at = 0; at < encoded.length; at++) {
      const damaged = Buffer.from(encoded);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(decodeIndexTable(damaged, HASH)).toBeUndefined();
      expect(decodeIndexTable(encoded.subarray(0, at), HASH)).toBeUndefined();
    }
  });
});

describe('readAvailableDeb', () => {
  const text = (change: Readonly<Record<string, string>>): string =>
    Object.entries({
      Package: 'a',
      Version: '1:2-3',
      Architecture: 'all',
      Filename: 'pool/a.deb',
      Size: '5',
      SHA256: HASH,
      ...change,
    })
      .map(([field, value]) => `${field}: ${value}\n`)
      .join('');

  it('fills in what a paragraph leaves out', () => {
    expect(readAvailableDeb(text({}), 'r')).toMatchObject({
      source: { name: 'a', version: '1:2-3' },
      multiArch: 'no',
      essential: false,
      installedSize: 0,
      depends: [],
      file: { path: 'pool/a.deb', repository: 'r', size: 5, digest: `sha256:${HASH}` },
    });
    expect(readAvailableDeb(text({ Source: 'src (9)', Essential: 'yes', 'Multi-Arch': 'same' }), 'r')).toMatchObject({
      source: { name: 'src', version: '9' },
      multiArch: 'same',
      essential: true,
    });
  });

  it.each([
    { Filename: '../../etc/passwd' },
    { Filename: 'pool/../../x' },
    { Filename: '/etc/passwd' },
    { Filename: 'a b' },
    { Size: '-1' },
    { SHA256: 'abc' },
    { Version: '' },
    { Architecture: 'a/b' },
  ])('refuses %o', (change) => {
    expect(() => readAvailableDeb(text(change), 'r')).toThrow(expect.objectContaining({ code: 'PACKAGE_INVALID' }));
  });
});
