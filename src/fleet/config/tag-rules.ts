import { orderTags, type TagOrder } from './tag-order.ts';

/** Which tags of a repository are meant. */
export interface TagRules {
  /** Exactly these, whether the repository lists them or not. */
  readonly list?: readonly string[];
  readonly pattern?: RegExp;
  readonly exclude: readonly RegExp[];
  readonly newest?: { readonly count: number; readonly by: TagOrder };
}

export const ALL_TAGS: TagRules = { exclude: [] };

export interface ChosenTags {
  readonly tags: readonly string[];
  /** Tags that the rule passes over because its order cannot place them. */
  readonly unordered: readonly string[];
}

/**
 * The tags that a rule chooses, newest first where it has an order.
 * @param ours recognises tags of patched images, which are results and not inputs
 * @param created milliseconds since the epoch of a tag's image; asked only for the order `created`
 */
export async function chooseTags(
  listed: readonly string[],
  { list, pattern, exclude, newest }: TagRules,
  ours: (tag: string) => boolean,
  created: (tag: string) => Promise<number>,
): Promise<ChosenTags> {
  if (list !== undefined) return { tags: list, unordered: [] };
  const candidates = listed.filter(
    (tag) => !ours(tag) && (pattern?.test(tag) ?? true) && !exclude.some((left) => left.test(tag)),
  );
  if (newest === undefined) return { tags: candidates, unordered: [] };
  if (newest.by === 'created') {
    const dated: { tag: string; time: number }[] = [];
    for (const tag of candidates) dated.push({ tag, time: await created(tag) });
    const sorted = dated.sort((a, b) => b.time - a.time || (a.tag < b.tag ? 1 : -1)).map(({ tag }) => tag);
    return { tags: sorted.slice(0, newest.count), unordered: [] };
  }
  const { ordered, unordered } = orderTags(candidates, newest.by);
  return { tags: ordered.slice(-newest.count).reverse(), unordered };
}

/** Recognises tags that a template gives, so that patched images are not taken for inputs. */
export function tagsOfTemplate(template: string): (tag: string) => boolean {
  const parts = template.split(/(\{tag\}|\{date\})/);
  const source = parts
    .map((part) => (part === '{tag}' ? '.+' : part === '{date}' ? '\\d{14}' : escaped(part)))
    .join('');
  // A template that adds nothing to the tag marks nothing.
  if (source === '.+') return () => false;
  const shape = new RegExp(`^${source}(?:-\\d+)?$`, 'u');
  return (tag) => shape.test(tag) || /-patched-\d{14}$/.test(tag);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
