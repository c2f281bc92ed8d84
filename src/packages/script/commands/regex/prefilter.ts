import type { RegexNode } from './ast.ts';

const ASSERTIONS: Readonly<Record<string, string>> = {
  start: '^',
  end: '$',
  boundary: '\\b',
  'no-boundary': '\\B',
  'word-start': '\\b(?=\\w)',
  'word-end': '\\b(?<=\\w)',
};

/**
 * A JavaScript expression that matches at the same places (not with the same ends), or undefined when its backtracking
 * could take exponential time: an unbounded repeat of something that itself repeats or chooses.
 */
export function toJavaScript(root: RegexNode): RegExp | undefined {
  if (!isLinear(root, false)) return undefined;
  return new RegExp(source(root), 'gs');
}

/**
 * Whether nothing but one repeat of a set decides how long a match from a given place is: that repeat takes as much as lets
 * the rest match, so the match that JavaScript finds is the longest.
 */
export function hasOneLength(root: RegexNode): boolean {
  const items = root.kind === 'sequence' ? root.items : [root];
  const variable = items.filter((item) => item.kind === 'repeat' && item.min !== item.max);
  const isSimple = (item: RegexNode): boolean =>
    item.kind === 'set' || item.kind === 'assertion' || (item.kind === 'repeat' && item.item.kind === 'set');
  return variable.length <= 1 && items.every(isSimple);
}

function isLinear(node: RegexNode, repeated: boolean): boolean {
  switch (node.kind) {
    case 'repeat':
      if (node.item.kind === 'set') return !repeated;
      return !repeated && isLinear(node.item, true);
    case 'choice':
      return !repeated && node.branches.every((branch) => isLinear(branch, repeated));
    case 'sequence':
      return node.items.every((item) => isLinear(item, repeated));
    case 'group':
      return isLinear(node.item, repeated);
    default:
      return true;
  }
}

function source(node: RegexNode): string {
  switch (node.kind) {
    case 'set':
      return setSource(node.members);
    case 'assertion':
      return ASSERTIONS[node.what] ?? '';
    case 'group':
      return `(?:${source(node.item)})`;
    case 'sequence':
      return node.items.map(source).join('');
    case 'choice':
      return `(?:${node.branches.map(source).join('|')})`;
    case 'repeat': {
      const item = node.item.kind === 'set' ? source(node.item) : `(?:${source(node.item)})`;
      return `(?:${item}{${node.min},${node.max === Number.POSITIVE_INFINITY ? '' : node.max}})`;
    }
  }
}

function setSource(members: ReadonlySet<string>): string {
  if (members.size === 1) for (const only of members) return `\\x${only.charCodeAt(0).toString(16).padStart(2, '0')}`;
  const codes = [...members].map((char) => char.charCodeAt(0)).sort((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const code of codes) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === code - 1) last[1] = code;
    else ranges.push([code, code]);
  }
  const hex = (code: number): string => `\\x${code.toString(16).padStart(2, '0')}`;
  return `[${ranges.map(([low, high]) => `${hex(low)}-${hex(high)}`).join('')}]`;
}
