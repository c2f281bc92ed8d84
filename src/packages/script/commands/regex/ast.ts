/** A POSIX regular expression over bytes. `id` numbers the nodes of one expression. */
export type RegexNode =
  | { readonly kind: 'set'; readonly id: number; readonly members: ReadonlySet<string> }
  | { readonly kind: 'sequence'; readonly id: number; readonly items: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly id: number; readonly branches: readonly RegexNode[] }
  | {
      readonly kind: 'repeat';
      readonly id: number;
      readonly item: RegexNode;
      readonly min: number;
      readonly max: number;
    }
  | { readonly kind: 'group'; readonly id: number; readonly index: number; readonly item: RegexNode }
  | { readonly kind: 'assertion'; readonly id: number; readonly what: Assertion };

/** `start`/`end` of the text, and the GNU word boundaries. */
export type Assertion = 'start' | 'end' | 'boundary' | 'no-boundary' | 'word-start' | 'word-end';

export interface ParsedRegex {
  readonly root: RegexNode;
  readonly groups: number;
}

/** Whether a node contains a group, whose text could then depend on how an ambiguity is resolved. */
export function containsGroup(node: RegexNode): boolean {
  switch (node.kind) {
    case 'group':
      return true;
    case 'repeat':
      return containsGroup(node.item);
    case 'sequence':
      return node.items.some(containsGroup);
    case 'choice':
      return node.branches.some(containsGroup);
    default:
      return false;
  }
}
