import type { ByteString } from '../../../../core/bytes.ts';
import { classMembers } from '../../shell/pattern.ts';
import type { Assertion, ParsedRegex, RegexNode } from './ast.ts';

export interface RegexSyntax {
  readonly extended: boolean;
  readonly ignoreCase: boolean;
  /** GNU operators (`\+`, `\w`, `\<` …); awk has none and treats a backslash as in strings. */
  readonly flavour: 'gnu' | 'awk';
  /** Intervals `{n,m}`: mawk of Debian 12 takes the braces literally, gawk does not. */
  readonly refuse: (reason: string) => never;
}

const MAX_REPEAT = 255;
const MAX_DEPTH = 50;
const ASSERTIONS: Readonly<Record<string, Assertion>> = {
  '<': 'word-start',
  '>': 'word-end',
  b: 'boundary',
  B: 'no-boundary',
  '`': 'start',
  "'": 'end',
};
const WORD = /[A-Za-z0-9_]/;
const SPACE = /[ \t\n\v\f\r]/;
const AWK_ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '/': '/',
  '"': '"',
  f: '\f',
  v: '\v',
  a: '\x07',
  b: '\b',
};

/** Parses a BRE or ERE as GNU programs read it. What is undefined or read in several ways is refused. */
export function parseRegex(pattern: ByteString, syntax: RegexSyntax): ParsedRegex {
  return new RegexParser(pattern, syntax).parse();
}

class RegexParser {
  readonly #pattern: ByteString;
  readonly #syntax: RegexSyntax;
  #index = 0;
  #groups = 0;
  #ids = 0;
  #depth = 0;

  constructor(pattern: ByteString, syntax: RegexSyntax) {
    this.#pattern = pattern;
    this.#syntax = syntax;
  }

  parse(): ParsedRegex {
    const root = this.#choice();
    if (this.#index < this.#pattern.length) this.#refuse();
    return { root, groups: this.#groups };
  }

  #refuse(): never {
    return this.#syntax.refuse(`regular expression ${this.#pattern}`);
  }

  #id(): number {
    this.#ids += 1;
    return this.#ids;
  }

  #at(text: string): boolean {
    return this.#pattern.startsWith(text, this.#index);
  }

  /** The operator `char` of an ERE is written `\char` in a BRE. */
  #operator(char: string): string {
    return this.#syntax.extended ? char : `\\${char}`;
  }

  #choice(): RegexNode {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) this.#refuse();
    const branches = [this.#sequence()];
    while (this.#at(this.#operator('|'))) {
      this.#index += this.#operator('|').length;
      branches.push(this.#sequence());
    }
    this.#depth -= 1;
    const [only] = branches;
    if (branches.length === 1 && only !== undefined) return only;
    return { kind: 'choice', id: this.#id(), branches };
  }

  #sequence(): RegexNode {
    const items: RegexNode[] = [];
    while (this.#index < this.#pattern.length) {
      if (this.#at(this.#operator('|'))) break;
      if (this.#at(this.#operator(')'))) {
        if (this.#depth < 2) this.#refuse();
        break;
      }
      items.push(this.#repeated(this.#atom(items.length === 0)));
    }
    return { kind: 'sequence', id: this.#id(), items };
  }

  #repeated(atom: RegexNode): RegexNode {
    let node = atom;
    for (;;) {
      const range = this.#quantifier();
      if (range === undefined) return node;
      if (node.kind === 'assertion') this.#refuse();
      node = { kind: 'repeat', id: this.#id(), item: node, ...range };
    }
  }

  #quantifier(): { min: number; max: number } | undefined {
    const infinite = Number.POSITIVE_INFINITY;
    const simple: readonly [string, number, number][] = [
      ['*', 0, infinite],
      [this.#operator('+'), 1, infinite],
      [this.#operator('?'), 0, 1],
    ];
    for (const [text, min, max] of simple) {
      if (!this.#at(text)) continue;
      this.#index += text.length;
      return { min, max };
    }
    const open = this.#operator('{');
    if (!this.#at(open)) return undefined;
    if (this.#syntax.flavour === 'awk') this.#refuse();
    const rest = this.#pattern.slice(this.#index + open.length);
    const match = (this.#syntax.extended ? /^([0-9]+)(,?)([0-9]*)\}/ : /^([0-9]+)(,?)([0-9]*)\\\}/).exec(rest);
    if (match === null) return this.#refuse();
    const min = Number(match[1]);
    const max = match[2] === '' ? min : match[3] === '' ? infinite : Number(match[3]);
    if (min > MAX_REPEAT || (max !== infinite && (max > MAX_REPEAT || max < min))) this.#refuse();
    this.#index += open.length + match[0].length;
    return { min, max };
  }

  #atom(first: boolean): RegexNode {
    const { extended } = this.#syntax;
    if (this.#at(this.#operator('('))) return this.#group();
    const char = this.#pattern.charAt(this.#index);
    if (char === '[') return this.#brackets();
    if (char === '\\') return this.#escape();
    this.#index += 1;
    if (char === '.') return this.#set((candidate) => candidate !== '\0' || this.#syntax.flavour === 'awk');
    if (char === '^' && (extended || first)) return this.#assertion('start');
    if (char === '$' && (extended || this.#closes())) return this.#assertion('end');
    if (char === '*' && !extended && first) return this.#literal(char);
    if (extended && '*+?{'.includes(char)) this.#refuse();
    if (char === '*' || (extended && char === '}')) return char === '}' ? this.#literal(char) : this.#refuse();
    // `\(^a\)` and `a\|^b` are handled by `first`; elsewhere in a BRE both stand for themselves.
    return this.#literal(char);
  }

  /** A `$` of a BRE is an anchor at the end of the expression, of a group or of a branch. */
  #closes(): boolean {
    return this.#index === this.#pattern.length || this.#at('\\)') || this.#at('\\|');
  }

  #group(): RegexNode {
    this.#index += this.#operator('(').length;
    this.#groups += 1;
    const index = this.#groups;
    const item = this.#choice();
    if (!this.#at(this.#operator(')'))) this.#refuse();
    this.#index += this.#operator(')').length;
    return { kind: 'group', id: this.#id(), index, item };
  }

  #escape(): RegexNode {
    const char = this.#pattern.charAt(this.#index + 1);
    this.#index += 2;
    if (this.#syntax.flavour === 'awk') {
      const escaped = AWK_ESCAPES[char];
      if (escaped !== undefined) return this.#literal(escaped);
    } else {
      const assertion = ASSERTIONS[char];
      if (assertion !== undefined) return this.#assertion(assertion);
      if (char === 'w' || char === 'W') return this.#set((candidate) => WORD.test(candidate) === (char === 'w'));
      if (char === 's' || char === 'S') return this.#set((candidate) => SPACE.test(candidate) === (char === 's'));
      if (char === 'n') return this.#literal('\n');
    }
    if (char === '' || /[A-Za-z0-9<>`']/.test(char)) this.#refuse();
    if (!this.#syntax.extended && '+?|{}'.includes(char)) this.#refuse();
    return this.#literal(char);
  }

  #assertion(what: Assertion): RegexNode {
    return { kind: 'assertion', id: this.#id(), what };
  }

  #literal(char: string): RegexNode {
    return this.#members(new Set([char]));
  }

  #set(test: (char: string) => boolean): RegexNode {
    const members = new Set<string>();
    for (let code = 0; code < 256; code += 1)
      if (test(String.fromCharCode(code))) members.add(String.fromCharCode(code));
    return { kind: 'set', id: this.#id(), members };
  }

  #members(members: Set<string>, negated = false): RegexNode {
    if (this.#syntax.ignoreCase) {
      for (const char of [...members]) {
        if (!/[A-Za-z]/.test(char)) continue;
        members.add(char.toLowerCase());
        members.add(char.toUpperCase());
      }
    }
    return negated ? this.#set((char) => !members.has(char)) : { kind: 'set', id: this.#id(), members };
  }

  #brackets(): RegexNode {
    this.#index += 1;
    const negated = this.#at('^');
    if (negated) this.#index += 1;
    const members = new Set<string>();
    for (let first = true; first || !this.#at(']'); first = false) {
      const rest = this.#pattern.slice(this.#index, this.#index + 20);
      if (rest === '') this.#refuse();
      const named = /^\[:([a-z]+):\]/.exec(rest);
      if (named !== null) {
        for (const member of classMembers(named[1] ?? '') ?? this.#refuse()) members.add(member);
        this.#index += named[0].length;
        continue;
      }
      if (/^\[[.=:]/.test(rest)) this.#refuse();
      this.#range(members);
    }
    this.#index += 1;
    return this.#members(members, negated);
  }

  #range(members: Set<string>): void {
    const low = this.#bracketChar();
    let high = low;
    if (this.#at('-') && this.#pattern.charAt(this.#index + 1) !== ']') {
      this.#index += 1;
      high = this.#bracketChar();
      if (high < low) this.#refuse();
    }
    for (let code = low.charCodeAt(0); code <= high.charCodeAt(0); code += 1) members.add(String.fromCharCode(code));
  }

  #bracketChar(): string {
    const char = this.#pattern.charAt(this.#index);
    this.#index += 1;
    if (char !== '\\' || this.#syntax.flavour !== 'awk') return char === '' ? this.#refuse() : char;
    const escaped = this.#pattern.charAt(this.#index);
    this.#index += 1;
    const known = AWK_ESCAPES[escaped];
    if (known !== undefined) return known;
    return escaped === '' || /[A-Za-z0-9]/.test(escaped) ? this.#refuse() : escaped;
  }
}
