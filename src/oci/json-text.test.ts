import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrayItems, jsonText, removeMember, setArrayItems, setMember } from './json-text.ts';

describe('JSON text edits', () => {
  it('change only the named value', () => {
    const text = '{ "a": 1.0e3, "b" : {"c":9007199254740993, "d":"\\u003cx\\u003e"},\n\t"e":[ ] }';
    expect(setMember(text, ['b', 'd'], '"y"')).toBe(
      '{ "a": 1.0e3, "b" : {"c":9007199254740993, "d":"y"},\n\t"e":[ ] }',
    );
    expect(setMember(text, ['b', 'n', 'm'], '1')).toBe(
      '{ "a": 1.0e3, "b" : {"c":9007199254740993, "d":"\\u003cx\\u003e", "n":{"m":1}},\n\t"e":[ ] }',
    );
    expect(removeMember(text, ['a'])).toBe('{ "b" : {"c":9007199254740993, "d":"\\u003cx\\u003e"},\n\t"e":[ ] }');
    expect(removeMember(text, ['e'])).toBe('{ "a": 1.0e3, "b" : {"c":9007199254740993, "d":"\\u003cx\\u003e"} }');
    expect(removeMember(text, ['zz'])).toBe(text);
    expect(setArrayItems(text, ['e'], ['1', '2'])).toContain('"e":[1,2] }');
  });

  it('keep the spacing of a pretty-printed array', () => {
    const text = JSON.stringify({ list: [1, 2], after: true }, undefined, 3);
    expect(setArrayItems(text, ['list'], ['1', '2', '3'])).toBe(
      JSON.stringify({ list: [1, 2, 3], after: true }, undefined, 3),
    );
    expect(setArrayItems(text, ['list'], ['2'])).toBe(JSON.stringify({ list: [2], after: true }, undefined, 3));
  });

  it('make a missing or null object or array', () => {
    expect(setMember('{"config":null}', ['config', 'Labels', 'a'], '"b"')).toBe('{"config":{"Labels":{"a":"b"}}}');
    expect(setMember('{}', ['a', 'b'], '1')).toBe('{"a":{"b":1}}');
    expect(setArrayItems('{"x":null}', ['x'], ['1'])).toBe('{"x":[1]}');
    expect(setArrayItems('{"y":1}', ['x'], ['1'])).toBe('{"y":1,"x":[1]}');
    expect(arrayItems('{"x":null}', ['x'])).toEqual([]);
  });

  it('refuse what is ambiguous or broken', () => {
    expect(() => setMember('{"a":1,"\\u0061":2}', ['a'], '3')).toThrow(/more than once/);
    expect(() => setMember('{"a":[]}', ['a', 'b'], '3')).toThrow(/not an object/);
    expect(() => arrayItems('{"a":{}}', ['a'])).toThrow(/not an array/);
    expect(() => setMember(`${'['.repeat(5000)}${']'.repeat(5000)}`, ['a'], '1')).toThrow(/nested/);
    for (const text of ['', '{', '{"a":1', '{"a"}', '[1,]', '{"a":1}x', '"a', '"\\', '-']) {
      expect(() => setMember(text, ['a'], '1'), text).toThrow(/JSON/);
    }
  });

  // Objects with the keys that are edited and others around them, in any spacing.
  const tree = fc.dictionary(fc.constantFrom('a', 'b', 'c', '"', '\\', 'ü'), fc.jsonValue({ maxDepth: 3 }), {
    maxKeys: 6,
  });
  const indent = fc.constantFrom(0, 1, 3, '\t');

  it('mean the same as the edit of the parsed value, and are undone by setting the old text', () => {
    fc.assert(
      fc.property(
        tree,
        fc.constantFrom('a', '\\', 'ü'),
        fc.jsonValue({ maxDepth: 1 }),
        indent,
        (object, key, value, space) => {
          const text = Buffer.from(JSON.stringify(object, undefined, space)).toString('latin1');
          const parse = (bytes: string): unknown => JSON.parse(Buffer.from(bytes, 'latin1').toString());
          const changed = setMember(text, [key], jsonText(value));
          expect(parse(changed)).toEqual(
            parse(Buffer.from(JSON.stringify({ ...object, [key]: value })).toString('latin1')),
          );
          expect(Object.keys(parse(changed) as object)).toEqual(Object.keys({ ...object, [key]: value }));
          const { [key]: dropped, ...others } = object;
          expect(parse(removeMember(text, [key]))).toEqual(JSON.parse(JSON.stringify(others)));
          if (dropped !== undefined) expect(setMember(changed, [key], jsonText(value))).toBe(changed);
        },
      ),
    );
  });

  it('leave an array with its own items as it was, byte by byte', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 2 })), indent, (list, space) => {
        const text = Buffer.from(JSON.stringify({ list }, undefined, space)).toString('latin1');
        expect(setArrayItems(text, ['list'], arrayItems(text, ['list']))).toBe(text);
      }),
    );
  });
});
