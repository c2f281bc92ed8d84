import type { ByteString } from '../../../../core/bytes.ts';
import { containsGroup, type ParsedRegex, type RegexNode } from './ast.ts';
import { hasOneLength, toJavaScript } from './prefilter.ts';

export interface RegexMatch {
  readonly start: number;
  readonly end: number;
  /** Text of each group, index 0 the whole match; undefined for a group that took no part. */
  readonly groups: readonly (ByteString | undefined)[];
  /** The groups depend on a choice that POSIX and glibc may make differently. */
  readonly ambiguous: boolean;
}

/**
 * Leftmost-longest matching as POSIX demands, which the alternation of JavaScript does not give. The start comes from a
 * JavaScript expression when that is safe from exponential time; ends and groups are computed from sets of possible ends.
 */
export class Regex {
  readonly groups: number;
  readonly #root: RegexNode;
  readonly #step: (count: number) => void;
  readonly #prefilter: RegExp | undefined;
  /** Made when it is first asked for. */
  #whole: RegExp | undefined;
  /** What JavaScript matches is the longest match as well. */
  readonly #isExact: boolean;

  constructor(parsed: ParsedRegex, step: (count: number) => void) {
    this.groups = parsed.groups;
    this.#root = parsed.root;
    this.#step = step;
    this.#prefilter = toJavaScript(parsed.root);
    this.#isExact = this.#prefilter !== undefined && parsed.groups === 0 && hasOneLength(parsed.root);
  }

  test(text: ByteString): boolean {
    this.#step(1 + Math.floor(text.length / 4096));
    if (this.#prefilter === undefined) return this.exec(text) !== undefined;
    this.#prefilter.lastIndex = 0;
    return this.#prefilter.test(text);
  }

  /** Whether the whole text matches. */
  testWhole(text: ByteString): boolean {
    if (this.#prefilter === undefined) return this.endsAt(text, 0).includes(text.length);
    this.#whole ??= new RegExp(`^(?:${this.#prefilter.source})$`, 's');
    this.#step(1 + Math.floor(text.length / 4096));
    return this.#whole.test(text);
  }

  /** The leftmost match at or after `from`, the longest of those. */
  exec(text: ByteString, from = 0): RegexMatch | undefined {
    if (this.#isExact) return this.#execExact(text, from);
    const search = new Search(text, this.#step);
    for (
      let start = this.#firstStart(text, from);
      start !== undefined && start <= text.length;
      start = this.#firstStart(text, start + 1)
    ) {
      const ends = search.ends(this.#root, start);
      if (ends.length > 0) return search.match(this.#root, start, Math.max(...ends), this.groups);
    }
    return undefined;
  }

  #execExact(text: ByteString, from: number): RegexMatch | undefined {
    this.#step(1 + Math.floor(text.length / 4096));
    if (this.#prefilter === undefined || from > text.length) return undefined;
    this.#prefilter.lastIndex = from;
    const found = this.#prefilter.exec(text);
    if (found === null) return undefined;
    const [matched] = found;
    return { start: found.index, end: found.index + matched.length, groups: [matched], ambiguous: false };
  }

  /** Every possible end of a match that starts exactly at `start`. */
  endsAt(text: ByteString, start: number): readonly number[] {
    return new Search(text, this.#step).ends(this.#root, start);
  }

  #firstStart(text: ByteString, from: number): number | undefined {
    if (from > text.length) return undefined;
    if (this.#prefilter === undefined) return from;
    this.#prefilter.lastIndex = from;
    return this.#prefilter.exec(text)?.index;
  }
}

class Search {
  readonly #text: ByteString;
  readonly #step: (count: number) => void;
  readonly #memo = new Map<number, Map<number, readonly number[]>>();
  #groups: (ByteString | undefined)[] = [];
  #ambiguous = false;

  constructor(text: ByteString, step: (count: number) => void) {
    this.#text = text;
    this.#step = step;
  }

  match(root: RegexNode, start: number, end: number, groups: number): RegexMatch {
    this.#groups = Array.from({ length: groups + 1 }, () => undefined);
    this.#groups[0] = this.#text.slice(start, end);
    if (groups > 0) this.#solve(root, start, end);
    return { start, end, groups: this.#groups, ambiguous: this.#ambiguous };
  }

  /** Where a match of `node` that starts at `start` can end. */
  ends(node: RegexNode, start: number): readonly number[] {
    let memo = this.#memo.get(node.id);
    if (memo === undefined) {
      memo = new Map();
      this.#memo.set(node.id, memo);
    }
    const known = memo.get(start);
    if (known !== undefined) return known;
    const ends = this.#compute(node, start);
    this.#step(Math.ceil(ends.length / 64));
    memo.set(start, ends);
    return ends;
  }

  #compute(node: RegexNode, start: number): readonly number[] {
    switch (node.kind) {
      case 'set':
        return start < this.#text.length && node.members.has(this.#text.charAt(start)) ? [start + 1] : [];
      case 'assertion':
        return this.#holds(node.what, start) ? [start] : [];
      case 'group':
        return this.ends(node.item, start);
      case 'sequence':
        return this.#tail(node.items, 0, start);
      case 'choice':
        return [...new Set(node.branches.flatMap((branch) => this.ends(branch, start)))];
      case 'repeat':
        return this.#repeatEnds(node.item, node.min, node.max, start);
    }
  }

  #tail(items: readonly RegexNode[], index: number, start: number): number[] {
    let positions = new Set([start]);
    for (const item of items.slice(index)) {
      const next = new Set<number>();
      for (const position of positions) for (const end of this.ends(item, position)) next.add(end);
      positions = next;
      this.#step(Math.ceil(next.size / 64));
    }
    return [...positions];
  }

  #repeatEnds(item: RegexNode, min: number, max: number, start: number): number[] {
    let frontier = new Set([start]);
    const reached = new Set<number>(min === 0 ? [start] : []);
    for (let count = 1; count <= max && frontier.size > 0; count += 1) {
      const next = new Set<number>();
      for (const position of frontier) {
        for (const end of this.ends(item, position)) {
          if (count > min ? !reached.has(end) : true) next.add(end);
        }
      }
      this.#step(Math.ceil(next.size / 64));
      if (count >= min) for (const end of next) reached.add(end);
      frontier = next;
      if (count > this.#text.length + min + 1) break;
    }
    return [...reached];
  }

  #holds(what: string, at: number): boolean {
    const word = (index: number): boolean => /[A-Za-z0-9_]/.test(this.#text.charAt(index));
    const [before, after] = [at > 0 && word(at - 1), word(at)];
    switch (what) {
      case 'start':
        return at === 0;
      case 'end':
        return at === this.#text.length;
      case 'boundary':
        return before !== after;
      case 'no-boundary':
        return before === after;
      case 'word-start':
        return !before && after;
      default:
        return before && !after;
    }
  }

  /** Fills the groups of a node that matches exactly from `start` to `end`: subexpressions from the left take the most. */
  #solve(node: RegexNode, start: number, end: number): void {
    if (!containsGroup(node)) return;
    switch (node.kind) {
      case 'group':
        this.#groups[node.index] = this.#text.slice(start, end);
        this.#solve(node.item, start, end);
        return;
      case 'sequence':
        this.#solveSequence(node.items, start, end);
        return;
      case 'choice': {
        const fitting = node.branches.filter((branch) => this.ends(branch, start).includes(end));
        if (fitting.length > 1) this.#ambiguous = true;
        const [first] = fitting;
        if (first !== undefined) this.#solve(first, start, end);
        return;
      }
      case 'repeat':
        this.#solveRepeat(node.item, node.min, node.max, start, end);
        return;
      default:
        return;
    }
  }

  #solveSequence(items: readonly RegexNode[], start: number, end: number): void {
    let position = start;
    for (const [index, item] of items.entries()) {
      const fitting = this.ends(item, position).filter(
        (candidate) => candidate <= end && this.#tail(items, index + 1, candidate).includes(end),
      );
      if (fitting.length > 1 && !isGreedy(item)) this.#ambiguous = true;
      const chosen = Math.max(...fitting);
      this.#solve(item, position, chosen);
      position = chosen;
    }
  }

  #solveRepeat(item: RegexNode, min: number, max: number, start: number, end: number): void {
    let position = start;
    for (let count = 1; position < end || count <= min; count += 1) {
      const [left, most] = [Math.max(min - count, 0), max - count];
      const fitting = this.ends(item, position).filter((candidate) => {
        if (candidate > end || (candidate === position && count > min)) return false;
        return candidate === end
          ? left === 0 || this.#repeatEnds(item, left, most, candidate).includes(end)
          : this.#repeatEnds(item, left, most, candidate).includes(end);
      });
      if (fitting.length === 0) return;
      if (fitting.length > 1) this.#ambiguous = true;
      const chosen = Math.max(...fitting);
      this.#solve(item, position, chosen);
      if (chosen === position && count >= min) return;
      position = chosen;
    }
  }
}

/** Repeats of one set take as much as they can in every implementation; glibc breaks the POSIX rule for others. */
function isGreedy(node: RegexNode): boolean {
  if (node.kind === 'group') return isGreedy(node.item);
  if (node.kind === 'sequence') {
    const [only] = node.items;
    return only === undefined || (node.items.length === 1 && isGreedy(only));
  }
  return node.kind === 'set' || node.kind === 'assertion' || (node.kind === 'repeat' && node.item.kind === 'set');
}
