import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSutureError } from '../../../core/errors/error.ts';
import { findField, formatParagraph } from './format.ts';
import { ParagraphParser, parseControl, parseParagraphs } from './paragraphs.ts';

const SAMPLE = `Package: a
version:  1.0-1 \t
Conffiles:
 /etc/a 0123
 /etc/b 4567 obsolete
Description: short
 long line
 .
  verbatim
X-Unknown:

Package: b
Depends: c,
 d (>= 1)
`;

describe('parseParagraphs', () => {
  it('reads names, values and folded lines as dpkg does', () => {
    const [a, b] = parseParagraphs(SAMPLE);
    expect([...(a ?? [])]).toEqual([
      ['Package', 'a'],
      ['Version', '1.0-1'],
      ['Conffiles', '\n /etc/a 0123\n /etc/b 4567 obsolete'],
      ['Description', 'short\n long line\n .\n  verbatim'],
      ['X-Unknown', ''],
    ]);
    expect(b?.get('Depends')).toBe('c,\n d (>= 1)');
  });

  it('keeps bytes above 0x7f, also at the end of a value', () => {
    expect(parseControl('Maintainer: \xc3\xa0\nX: \xe3\x80\xa0\n').get('Maintainer')).toBe('\xc3\xa0');
  });

  it.each([
    ['no colon\n', 1, 'colon'],
    ['A: 1\nPackage\n', 2, 'colon'],
    ['A: 1\n: x\n', 2, 'empty field name'],
    ['A: 1\nA: 2\n', 2, 'duplicate'],
    ['\n continued\n', 2, 'continuation'],
    ['A: 1\n \n b\n', 2, 'blank line'],
    ['-A: 1\n', 1, 'hyphen'],
  ])('refuses %j with the line', (text, line, reason) => {
    expect(() => parseParagraphs(text, { what: 'status', code: 'DATABASE_UNREADABLE' })).toThrow(
      new RegExp(`^status, line ${line}: .*${reason}`),
    );
  });

  it('refuses a cut-off file when asked to', () => {
    expect(parseParagraphs('A: 1')).toHaveLength(1);
    expect(() => parseParagraphs('A: 1', { requireFinalNewline: true })).toThrow(/cut off/);
  });

  it('takes a line of blanks as part of a value when lax', () => {
    expect(parseControl('A: 1\n \n b\n', { lax: true }).get('A')).toBe('1\n \n b');
  });

  it('keeps only the wanted fields', () => {
    const keep = new Set(['Package']);
    expect(parseParagraphs(SAMPLE, { keep }).map((one) => [...one])).toEqual([[['Package', 'a']], [['Package', 'b']]]);
  });

  it('gives the same for any cutting into chunks', () => {
    const whole = parseParagraphs(SAMPLE).map((one) => [...one]);
    fc.assert(
      fc.property(fc.array(fc.nat(SAMPLE.length), { maxLength: 8 }), (cuts) => {
        const parser = new ParagraphParser();
        const edges = [0, ...cuts.sort((x, y) => x - y), SAMPLE.length];
        const parts = edges.slice(1).map((edge, index) => SAMPLE.slice(edges[index], edge));
        const found = parts.flatMap((part) => parser.push(Buffer.from(part, 'latin1')));
        expect([...found, ...parser.end()].map((one) => [...one])).toEqual(whole);
      }),
    );
  });

  it('returns or throws its own error for any damaged text', () => {
    const damage = fc.array(
      fc.tuple(fc.nat(SAMPLE.length), fc.constantFrom('\n', ' ', ':', '\0', '\xff', '-', 'A', '')),
    );
    fc.assert(
      fc.property(damage, (changes) => {
        let text = SAMPLE;
        for (const [at, piece] of changes) text = text.slice(0, at) + piece + text.slice(at + 1);
        try {
          for (const one of parseParagraphs(text)) expect(parseControl(formatParagraph(one))).toEqual(one);
        } catch (error) {
          expect(isSutureError(error, 'PACKAGE_INVALID')).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('reads 60,000 paragraphs in a few seconds', () => {
    const one = SAMPLE.slice(0, SAMPLE.indexOf('\n\n') + 2);
    const parser = new ParagraphParser();
    let count = 0;
    const chunk = one.repeat(1000);
    const started = performance.now();
    for (let index = 0; index < 60; index++) count += parser.push(chunk).length;
    expect(count + parser.end().length).toBe(60_000);
    expect(performance.now() - started).toBeLessThan(15_000);
  });

  const statusFile = '/var/lib/dpkg/status';
  const hasQuery = existsSync(statusFile) && spawnSync('dpkg-query', ['--version']).status === 0;
  it.skipIf(!hasQuery)('agrees with dpkg-query on this machine (needs dpkg)', () => {
    const format = '${Package}\\t${Version}\\t${Architecture}\\t${Maintainer}\\n';
    const { stdout } = spawnSync('dpkg-query', ['-W', '-f', format], { encoding: 'latin1', maxBuffer: 1 << 26 });
    const fields = ['Package', 'Version', 'Architecture', 'Maintainer'];
    const ours = parseParagraphs(readFileSync(statusFile, 'latin1'), { lax: true }).map((one) =>
      fields.map((name) => findField(one, name) ?? '').join('\t'),
    );
    expect(ours.sort()).toEqual(stdout.trimEnd().split('\n').sort());
  });
});
