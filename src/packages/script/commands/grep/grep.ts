import type { ByteString } from '../../../../core/bytes.ts';
import type { CommandContext } from '../../types.ts';
import { type Options, parseOptions } from '../options.ts';
import { absolute, fail, joinPath, readInput, requireSingleBytes, splitLines } from '../paths.ts';
import { Regex } from '../regex/match.ts';
import { parseRegex } from '../regex/parse.ts';

const OPTIONS = {
  q: 'quiet',
  silent: '',
  s: 'no-messages',
  v: 'invert-match',
  i: 'ignore-case',
  y: '',
  x: 'line-regexp',
  F: 'fixed-strings',
  E: 'extended-regexp',
  G: 'basic-regexp',
  c: 'count',
  o: 'only-matching',
  l: 'files-with-matches',
  w: 'word-regexp',
  n: 'line-number',
  r: 'recursive',
  h: 'no-filename',
  H: 'with-filename',
  'e:': 'regexp',
  'f:': 'file',
  'm:': 'max-count',
  a: 'text',
  'color:': '',
};

/** Positions of the matches in a line, non-empty ones only for -o; `undefined` when the line is not selected. */
interface Matcher {
  matches(line: ByteString): boolean;
  /** All matches from the left, for -o. */
  all(line: ByteString): ByteString[];
}

export function grep(context: CommandContext): number {
  return runGrep(context, undefined);
}

/** egrep and fgrep are obsolete names of `grep -E` and `grep -F` that warn on standard error. */
export function egrep(context: CommandContext): number {
  return runGrep(context, 'E');
}

export function fgrep(context: CommandContext): number {
  return runGrep(context, 'F');
}

function runGrep(context: CommandContext, preset: 'E' | 'F' | undefined): number {
  const options = parseOptions(context, OPTIONS);
  const operands = [...options.operands];
  const patterns = [...options.values('e'), ...patternFiles(context, options)];
  if (!options.has('e') && !options.has('f')) patterns.push(operands.shift() ?? context.notNative('missing pattern'));
  if ((options.value('color') ?? 'never') === 'always') context.notNative('--color');
  const lines = patterns.flatMap((pattern) => pattern.split('\n'));
  for (const line of lines) requireSingleBytes(context, line);
  const kind = preset ?? options.order.filter((key) => 'EFG'.includes(key)).at(-1) ?? 'G';
  const matcher = createMatcher(context, lines, kind, options);
  const recursive = options.has('r');
  const files = recursive ? expandDirectories(context, operands) : operands.length === 0 ? ['-'] : operands;
  const named = (recursive || files.length > 1 || options.has('H')) && !options.has('h');
  return new Grep(context, options, matcher, named).run(files);
}

function patternFiles(context: CommandContext, options: Options): ByteString[] {
  return options.values('f').flatMap((file) => {
    const input = readInput(context, file);
    if ('error' in input) return context.notNative(`pattern file ${file}`);
    return splitLines(input.text);
  });
}

function expandDirectories(context: CommandContext, operands: readonly ByteString[]): ByteString[] {
  return (operands.length === 0 ? context.notNative('-r without a directory') : operands).flatMap((operand) => {
    const path = absolute(context, operand);
    if (context.tree.stat(path)?.type !== 'directory') return [operand];
    const root = path.replace(/\/+$/, '');
    return [...context.tree.walk(context.tree.realpath(path) ?? path)]
      .filter(({ inode }) => inode.type === 'file')
      .map((entry) => joinPath(operand, entry.path.slice((context.tree.realpath(path) ?? root).length + 1)));
  });
}

function createMatcher(
  context: CommandContext,
  patterns: readonly ByteString[],
  kind: string,
  options: Options,
): Matcher {
  const ignoreCase = options.has('i') || options.has('y');
  const syntax = {
    extended: kind === 'E',
    ignoreCase,
    flavour: 'gnu' as const,
    refuse: (reason: string) => context.notNative(reason),
  };
  const regexes = patterns.map((pattern) => {
    const text = kind === 'F' ? pattern.replace(/[\\.[\]*^$]/g, '\\$&') : pattern;
    return new Regex(parseRegex(text, kind === 'F' ? { ...syntax, extended: false } : syntax), context.step);
  });
  const whole = options.has('x');
  const words = options.has('w') && !whole;
  const accepts = (line: ByteString, start: number, end: number): boolean => {
    if (whole) return start === 0 && end === line.length;
    return !words || (!/\w/.test(line.charAt(start - 1)) && !/\w/.test(line.charAt(end)));
  };
  const longestAt = (line: ByteString, start: number): number | undefined => {
    const ends = regexes.flatMap((regex) => regex.endsAt(line, start)).filter((end) => accepts(line, start, end));
    return ends.length === 0 ? undefined : Math.max(...ends);
  };
  const matchesWords = (line: ByteString): boolean => {
    for (let start = 0; start <= line.length; start += 1) if (longestAt(line, start) !== undefined) return true;
    return false;
  };
  return {
    matches: (line) => {
      if (words) return matchesWords(line);
      return regexes.some((regex) => (whole ? regex.testWhole(line) : regex.test(line)));
    },
    all: (line) => {
      const found: ByteString[] = [];
      for (let start = 0; start < line.length; ) {
        const end = longestAt(line, start);
        if (end !== undefined && end > start) found.push(line.slice(start, end));
        start = end !== undefined && end > start ? end : start + 1;
      }
      return found;
    },
  };
}

class Grep {
  readonly #context: CommandContext;
  readonly #options: Options;
  readonly #matcher: Matcher;
  readonly #named: boolean;
  readonly #limit: number;

  constructor(context: CommandContext, options: Options, matcher: Matcher, named: boolean) {
    this.#context = context;
    this.#options = options;
    this.#matcher = matcher;
    this.#named = named;
    const limit = options.value('m');
    if (limit !== undefined && !/^[0-9]{1,9}$/.test(limit)) context.notNative(`-m ${limit}`);
    this.#limit = limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
  }

  run(files: readonly ByteString[]): number {
    const quiet = this.#options.has('q') || this.#options.has('silent');
    let selected = false;
    let failed = false;
    for (const file of files) {
      const input = readInput(this.#context, file);
      if ('error' in input) {
        if (this.#options.has('r') && input.error === 'Is a directory') continue;
        if (!this.#options.has('s')) fail(this.#context, `${file}: ${input.error}`);
        failed = true;
        // A directory can be opened, so that lines of it are counted: none.
        if (input.error === 'Is a directory') this.#file(file, '', quiet);
        continue;
      }
      if (this.#file(file, input.text, quiet)) selected = true;
      if (quiet && selected) return 0;
    }
    return failed ? 2 : selected ? 0 : 1;
  }

  /** Searches one input; whether a line was selected. */
  #file(name: ByteString, text: ByteString, quiet: boolean): boolean {
    const options = this.#options;
    if (text.includes('\0') && !options.has('a') && !quiet) this.#context.notNative(`binary file ${name}`);
    const lines = splitLines(text);
    const shown = name === '-' ? '(standard input)' : name;
    const only = options.has('o');
    const listing = options.has('l') || options.has('c');
    let count = 0;
    for (const [index, line] of lines.entries()) {
      if (count >= this.#limit) break;
      requireSingleBytes(this.#context, line);
      if (this.#matcher.matches(line) === options.has('v')) continue;
      count += 1;
      if (quiet) return true;
      if (listing) continue;
      const prefix = `${this.#named ? `${shown}:` : ''}${options.has('n') ? `${index + 1}:` : ''}`;
      const output = only ? (options.has('v') ? [] : this.#matcher.all(line)) : [line];
      for (const part of output) this.#context.stdout(`${prefix}${part}\n`);
    }
    if (quiet) return false;
    if (options.has('c') && !options.has('l')) this.#context.stdout(`${this.#named ? `${shown}:` : ''}${count}\n`);
    if (options.has('l') && count > 0) this.#context.stdout(`${shown}\n`);
    return count > 0;
  }
}
