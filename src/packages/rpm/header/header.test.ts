import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSutureError } from '../../../core/errors/error.ts';
import { RpmHeader } from './header.ts';

interface Entry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  readonly data: Buffer;
}

function header(entries: readonly Entry[]): Buffer {
  const index = Buffer.alloc(8 + entries.length * 16);
  let offset = 0;
  for (const [at, { tag, type, count, data }] of entries.entries()) {
    for (const [word, value] of [tag, type, offset, count].entries())
      index.writeUInt32BE(value, 8 + at * 16 + word * 4);
    offset += data.length;
  }
  index.writeUInt32BE(entries.length, 0);
  index.writeUInt32BE(offset, 4);
  return Buffer.concat([index, ...entries.map(({ data }) => data)]);
}

const NAME = { tag: 1000, type: 6, count: 1, data: Buffer.from('bash\0') };
const SAMPLE = header([
  NAME,
  { tag: 1003, type: 4, count: 2, data: Buffer.from([0, 0, 0, 7, 0xff, 0xff, 0xff, 0xff]) },
  { tag: 1049, type: 8, count: 3, data: Buffer.from('a\0\0c\0') },
  { tag: 1004, type: 9, count: 2, data: Buffer.from('C text\0other\0') },
  { tag: 261, type: 7, count: 3, data: Buffer.from([1, 2, 3]) },
  { tag: 1030, type: 3, count: 1, data: Buffer.from([0x81, 0xa4]) },
]);

describe('RpmHeader', () => {
  it('reads every type', () => {
    const parsed = RpmHeader.parse(SAMPLE, 'sample');
    expect(parsed.string(1000)).toBe('bash');
    expect(parsed.numbers(1003)).toEqual([7, 0xffffffff]);
    expect(parsed.strings(1049)).toEqual(['a', '', 'c']);
    expect(parsed.string(1004)).toBe('C text');
    expect(Buffer.from(parsed.bytes(261) ?? [])).toEqual(Buffer.from([1, 2, 3]));
    expect(parsed.numbers(1030)).toEqual([0o100644]);
    expect([parsed.string(9), parsed.numbers(1000), parsed.bytes(1000), parsed.strings(1003)]).toEqual([
      undefined,
      [],
      undefined,
      [],
    ]);
  });

  it('lets a later entry of the same tag hold', () => {
    const parsed = RpmHeader.parse(header([NAME, { ...NAME, data: Buffer.from('dash\0') }]), 'sample');
    expect(parsed.string(1000)).toBe('dash');
  });

  it.each([
    ['no entries', header([])],
    ['a data length beyond the end', SAMPLE.subarray(0, SAMPLE.length - 1)],
    ['an offset outside', header([{ ...NAME, type: 4, count: 2 }])],
    ['an unknown type', header([{ ...NAME, type: 10 }])],
    ['a count of zero', header([{ ...NAME, count: 0 }])],
    ['less than its first words', Buffer.alloc(7)],
  ])('refuses a header with %s', (_, bytes) => {
    expect(() => RpmHeader.parse(bytes, 'sample')).toThrow(/sample is no rpm header/);
  });

  it('reads or refuses any bytes, without leaving them', () => {
    const change = fc.tuple(fc.nat(SAMPLE.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const damaged = Buffer.from(SAMPLE);
        for (const [offset, value] of changes) damaged[offset] = value;
        try {
          const parsed = RpmHeader.parse(damaged, 'sample');
          for (const tag of parsed.tags()) {
            const texts = parsed.strings(tag);
            expect(texts.join('\0').length + parsed.numbers(tag).length).toBeLessThanOrEqual(damaged.length);
            expect((parsed.bytes(tag) ?? []).length).toBeLessThanOrEqual(damaged.length);
          }
        } catch (error) {
          if (!isSutureError(error, 'DATABASE_UNREADABLE')) throw error;
        }
      }),
      { numRuns: 3000, seed: 7 },
    );
  });
});
