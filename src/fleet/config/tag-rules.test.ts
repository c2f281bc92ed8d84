import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderTags } from './tag-order.ts';
import { chooseTags, tagsOfTemplate } from './tag-rules.ts';

const never = () => Promise.reject(new Error('not asked'));
const newest = (count: number, by: 'semver' | 'version' | 'date') => ({ newest: { count, by }, exclude: [] });
const ours = tagsOfTemplate('{tag}-patched-{date}');

describe('order of tags', () => {
  it.each([
    [
      'semver',
      ['3.9.18-alpine', '3.9.2-alpine', '3.10.0', 'latest', '3.10.0-rc.2', '3.10.0-rc.10', '3.9'],
      ['3.9.2-alpine', '3.9.18-alpine', '3.10.0-rc.2', '3.10.0-rc.10', '3.10.0'],
      ['latest', '3.9'],
    ],
    [
      'version',
      ['22.04-jammy', '24.04-noble', '7', 'v9.1', '22.10', 'edge', '1.25.3-bookworm'],
      ['1.25.3-bookworm', '7', 'v9.1', '22.04-jammy', '22.10', '24.04-noble'],
      ['edge'],
    ],
    [
      'date',
      ['20250303', '2024-12-31', 'build-2025.03.04', '20250303-101500', '99999999', '1.2'],
      ['2024-12-31', '20250303', '20250303-101500', 'build-2025.03.04'],
      ['99999999', '1.2'],
    ],
  ] as const)('%s', (order, tags, ordered, unordered) => {
    expect(orderTags(tags, order)).toEqual({ ordered, unordered });
  });

  it('does not depend on the order of the list', () => {
    const tag = fc.stringMatching(/^v?[0-9]{1,3}(\.[0-9]{1,3}){0,3}(-(rc|alpine|beta)[0-9]?)?$/);
    fc.assert(
      fc.property(
        fc.uniqueArray(tag, { maxLength: 8 }),
        fc.constantFrom('semver' as const, 'version' as const),
        (tags, order) => {
          const forward = orderTags(tags, order).ordered;
          expect(orderTags([...tags].reverse(), order).ordered).toEqual(forward);
          expect(forward.length + orderTags(tags, order).unordered.length).toBe(tags.length);
        },
      ),
    );
  });
});

describe('tag rules', () => {
  const listed = ['1.0.0', '1.1.0', '1.2.0', '1.2.0-patched-20250303100000', '1.2.0-rc1', 'latest'];

  it('choose the newest, say what they pass over, and leave patched images out', async () => {
    expect(await chooseTags(listed, newest(2, 'semver'), ours, never)).toEqual({
      tags: ['1.2.0', '1.2.0-rc1'],
      unordered: ['latest'],
    });
    expect(await chooseTags(listed, { exclude: [/rc/], pattern: /^1\.[12]/ }, ours, never)).toEqual({
      tags: ['1.1.0', '1.2.0'],
      unordered: [],
    });
  });

  it('take a list as it is', async () => {
    expect(await chooseTags(listed, { list: ['9'], exclude: [] }, ours, never)).toEqual({ tags: ['9'], unordered: [] });
  });

  it('ask for the time an image was created where that decides', async () => {
    const times: Record<string, number> = { a: 1, b: 3, c: 2 };
    const rule = { newest: { count: 2, by: 'created' as const }, exclude: [] };
    expect((await chooseTags(['a', 'b', 'c'], rule, ours, async (tag) => times[tag] ?? 0)).tags).toEqual(['b', 'c']);
  });

  it('recognise the tags of a template, with the number of a second patch', () => {
    const copa = tagsOfTemplate('{tag}-patched');
    expect(['1.2-patched', '1.2-patched-3', '1.2', 'patched'].map(copa)).toEqual([true, true, false, false]);
    expect(tagsOfTemplate('{tag}')('1.2')).toBe(false);
  });
});
