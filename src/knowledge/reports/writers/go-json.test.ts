import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filled, goJson, goJsonPieces, LongList } from './go-json.ts';

describe('JSON as Go writes it', () => {
  it('escapes what could end a script or an attribute', () => {
    expect(goJson({ a: '<b> & "c"\u2028' })).toBe('{\n  "a": "\\u003cb\\u003e \\u0026 \\"c\\"\\u2028"\n}\n');
  });

  it('is the same in pieces, wherever the long lists are (property)', () => {
    const item = fc.oneof(
      fc.integer(),
      fc.string(),
      fc.constant({}),
      fc.record({ a: fc.array(fc.string(), { maxLength: 2 }) }),
    );
    const list = fc.array(item, { maxLength: 200 });
    const document = fc.record({ head: item, long: list, nested: list, tail: item });
    fc.assert(
      fc.property(document, ({ head, long, nested, tail }) => {
        const whole = goJson({
          head,
          long,
          results: [{ name: 'a<b', nested }, { nested: long }],
          none: undefined,
          tail,
        });
        const same = <T>(item: T) => item;
        const results = [{ name: 'a<b', nested: new LongList(nested, same) }, { nested: new LongList(long, same) }];
        const parts = goJsonPieces({ head, long: new LongList(long, same), results, none: undefined, tail });
        expect([...parts].join('')).toBe(whole);
      }),
    );
  });

  it('leaves out what Go calls empty', () => {
    expect([undefined, null, '', 0, false, [], {}].map(filled)).toEqual(Array(7).fill(undefined));
    expect([1, 'a', true, [0], { a: 0 }].map(filled)).toEqual([1, 'a', true, [0], { a: 0 }]);
  });
});
