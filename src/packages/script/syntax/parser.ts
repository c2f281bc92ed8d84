import type { ByteString } from '../../../core/bytes.ts';
import type { Assignment, CaseItem, Command, Redirect, Word } from './ast.ts';
import { isName, Scanner } from './scanner.ts';
import { type Token, TokenReader } from './tokens.ts';
import type { CommandReader } from './words.ts';

const LIST_END = new Set(['then', 'do', 'else', 'elif', 'fi', 'done', 'esac', '}']);
const BASH_RESERVED = new Set(['[[', 'function', 'select', 'time', 'coproc']);
const REDIRECTS = new Set(['<', '>', '>|', '>>', '<>', '<&', '>&', '<<', '<<-']);
const MAX_DEPTH = 200;

export interface ParseOptions {
  /** Line of the first line of the text. */
  readonly line?: number;
  /** The script runs under bash: refuse what bash reads differently from dash. */
  readonly bash?: boolean;
}

/**
 * Reads a script command by command, as a shell does: what stands after an `exit` is never looked at. Grammar of dash,
 * without aliases. @throws NotNative for anything that dash would refuse or that is read differently by bash.
 */
export class Parser implements CommandReader {
  readonly refuseBashDifferences: boolean;
  #tokens: TokenReader;
  #depth = 0;

  constructor(text: ByteString, options: ParseOptions = {}) {
    this.refuseBashDifferences = options.bash === true;
    this.#tokens = new TokenReader(new Scanner(text, options.line ?? 1), this);
  }

  /** The next complete command (a line, or more when it spans lines), undefined at the end of the text. */
  nextCommand(): Command | undefined {
    for (;;) {
      const token = this.#tokens.peek();
      if (token.kind === 'end') return undefined;
      if (token.kind !== 'newline') break;
      this.#tokens.next();
    }
    const command = this.#list(true);
    const end = this.#tokens.peek();
    if (end.kind !== 'newline' && end.kind !== 'end') this.#unexpected(end);
    return command;
  }

  /** Every command up to the end of the text. */
  all(): Command[] {
    const commands: Command[] = [];
    for (let command = this.nextCommand(); command !== undefined; command = this.nextCommand()) commands.push(command);
    return commands;
  }

  readText(text: ByteString, line: number): readonly Command[] {
    return new Parser(text, { line, bash: this.refuseBashDifferences }).all();
  }

  readSubstitution(scanner: Scanner): readonly Command[] {
    const outer = this.#tokens;
    const tokens = new TokenReader(scanner, this);
    this.#tokens = tokens;
    const commands: Command[] = [];
    this.#enter();
    for (;;) {
      this.#skipNewlines();
      if (this.#atOperator(')')) break;
      if (tokens.peek().kind === 'end') scanner.fail('unterminated command substitution');
      commands.push(this.#list(true));
    }
    this.#depth -= 1;
    tokens.next();
    if (tokens.hasPendingHereDocuments) scanner.fail('here-document that reaches out of its substitution');
    this.#tokens = outer;
    return commands;
  }

  /** One or more and-or lists. A single line when `oneLine`, else up to a closing word. */
  #list(oneLine: boolean): Command {
    this.#enter();
    const line = this.#tokens.peek().line;
    const items: Command[] = [];
    for (;;) {
      if (!oneLine) this.#skipNewlines();
      if (this.#atListEnd()) break;
      const item = this.#andOr();
      const separator = this.#tokens.peek();
      const background = separator.kind === 'operator' && separator.text === '&';
      items.push(background ? { kind: 'background', command: item, line: separator.line } : item);
      if (separator.kind === 'operator' && (separator.text === ';' || background)) this.#tokens.next();
      else if (separator.kind !== 'newline') break;
      if (oneLine && this.#tokens.peek().kind === 'newline') break;
    }
    this.#depth -= 1;
    const [only] = items;
    if (only === undefined) this.#unexpected(this.#tokens.peek());
    return items.length === 1 ? only : { kind: 'list', items, line };
  }

  #atListEnd(): boolean {
    const token = this.#tokens.peek();
    if (token.kind === 'end' || token.kind === 'newline') return true;
    if (token.kind === 'operator') return token.text === ')' || token.text === ';;';
    return token.kind === 'word' && token.bare !== undefined && LIST_END.has(token.bare);
  }

  #andOr(): Command {
    let left = this.#pipeline();
    for (;;) {
      const token = this.#tokens.peek();
      if (token.kind !== 'operator' || (token.text !== '&&' && token.text !== '||')) return left;
      this.#tokens.next();
      this.#skipNewlines();
      const right = this.#pipeline();
      left = { kind: token.text === '&&' ? 'and' : 'or', left, right, line: token.line };
    }
  }

  #pipeline(): Command {
    const first = this.#tokens.peek();
    if (first.kind === 'word' && first.bare === '!') {
      this.#tokens.next();
      const second = this.#tokens.peek();
      if (second.kind === 'word' && second.bare === '!') this.#tokens.scanner.fail('doubled !');
      return { kind: 'not', command: this.#pipeline(), line: first.line };
    }
    const stages = [this.#command()];
    while (this.#atOperator('|')) {
      this.#tokens.next();
      this.#skipNewlines();
      const token = this.#tokens.peek();
      if (token.kind === 'word' && token.bare === '!') this.#tokens.scanner.fail('! inside a pipeline');
      stages.push(this.#command());
    }
    const [only] = stages;
    return stages.length === 1 && only !== undefined ? only : { kind: 'pipeline', stages, line: first.line };
  }

  #command(): Command {
    const token = this.#tokens.peek();
    if (token.kind === 'operator' && token.text === '(') return this.#subshell();
    const compound =
      token.kind === 'word' && token.bare !== undefined ? this.#compound(token.bare, token.line) : undefined;
    if (compound === undefined) return this.#simple();
    const redirects = this.#redirects();
    return redirects.length === 0 ? compound : { kind: 'redirected', command: compound, redirects, line: token.line };
  }

  #compound(keyword: string, line: number): Command | undefined {
    if (this.refuseBashDifferences && BASH_RESERVED.has(keyword)) this.#tokens.scanner.fail(`${keyword} of bash`);
    switch (keyword) {
      case '{':
        return this.#between('{', '}');
      case 'if':
        this.#tokens.next();
        return this.#ifRest(line);
      case 'while':
      case 'until':
        return this.#while(keyword === 'until', line);
      case 'for':
        return this.#for(line);
      case 'case':
        return this.#case(line);
      default:
        if (LIST_END.has(keyword)) this.#unexpected(this.#tokens.peek());
        return undefined;
    }
  }

  #subshell(): Command {
    const { line } = this.#tokens.next();
    const body = this.#list(false);
    this.#expectOperator(')');
    return { kind: 'subshell', body, redirects: this.#redirects(), line };
  }

  #between(open: string, close: string): Command {
    this.#expectWord(open);
    const body = this.#list(false);
    this.#expectWord(close);
    return body;
  }

  #ifRest(line: number): Command {
    const condition = this.#list(false);
    this.#expectWord('then');
    const body = this.#list(false);
    const token = this.#tokens.next();
    const bare = token.kind === 'word' ? token.bare : undefined;
    if (bare === 'elif') return { kind: 'if', condition, consequence: body, otherwise: this.#ifRest(token.line), line };
    if (bare === 'fi') return { kind: 'if', condition, consequence: body, otherwise: undefined, line };
    if (bare !== 'else') this.#unexpected(token);
    const otherwise = this.#list(false);
    this.#expectWord('fi');
    return { kind: 'if', condition, consequence: body, otherwise, line };
  }

  #while(until: boolean, line: number): Command {
    this.#tokens.next();
    const condition = this.#list(false);
    return { kind: 'while', until, condition, body: this.#between('do', 'done'), line };
  }

  #for(line: number): Command {
    this.#tokens.next();
    const name = this.#tokens.next();
    if (name.kind !== 'word' || name.bare === undefined || !isName(name.bare)) this.#unexpected(name);
    const variable = name.bare;
    this.#skipNewlines();
    const token = this.#tokens.peek();
    let words: Word[] | undefined;
    if (token.kind === 'word' && token.bare === 'in') {
      this.#tokens.next();
      words = [];
      for (let next = this.#tokens.next(); ; next = this.#tokens.next()) {
        if (next.kind === 'newline' || (next.kind === 'operator' && next.text === ';')) break;
        if (next.kind !== 'word') this.#unexpected(next);
        words.push(next.word);
      }
    } else if (token.kind === 'operator' && token.text === ';') this.#tokens.next();
    this.#skipNewlines();
    return { kind: 'for', variable, words, body: this.#between('do', 'done'), line };
  }

  #case(line: number): Command {
    this.#tokens.next();
    const subject = this.#tokens.next();
    if (subject.kind !== 'word') this.#unexpected(subject);
    this.#skipNewlines();
    this.#expectWord('in');
    const items: CaseItem[] = [];
    for (;;) {
      this.#skipNewlines();
      const token = this.#tokens.peek();
      if (token.kind === 'word' && token.bare === 'esac') break;
      items.push(this.#caseItem());
      this.#skipNewlines();
      if (!this.#atOperator(';;')) break;
      this.#tokens.next();
    }
    this.#expectWord('esac');
    return { kind: 'case', subject: subject.word, items, line };
  }

  #caseItem(): CaseItem {
    if (this.#atOperator('(')) this.#tokens.next();
    const patterns: Word[] = [];
    for (;;) {
      const token = this.#tokens.next();
      if (token.kind !== 'word') this.#unexpected(token);
      patterns.push(token.word);
      if (!this.#atOperator('|')) break;
      this.#tokens.next();
    }
    this.#expectOperator(')');
    this.#skipNewlines();
    return { patterns, body: this.#atListEnd() ? undefined : this.#list(false) };
  }

  #simple(): Command {
    const line = this.#tokens.peek().line;
    const assignments: Assignment[] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    for (;;) {
      const token = this.#tokens.peek();
      if (token.kind === 'word') {
        this.#tokens.next();
        const assignment = words.length === 0 ? readAssignment(token.word) : undefined;
        if (assignment === undefined) words.push(token.word);
        else this.#pushAssignment(assignments, assignment);
      } else if (token.kind === 'io-number' || (token.kind === 'operator' && REDIRECTS.has(token.text))) {
        redirects.push(this.#redirect());
      } else if (this.#atOperator('(')) {
        const bare = token.kind === 'operator' ? words[0] : undefined;
        if (bare === undefined || words.length !== 1 || assignments.length + redirects.length > 0)
          this.#unexpected(token);
        return this.#function(bare, line);
      } else break;
    }
    if (assignments.length + words.length + redirects.length === 0) this.#unexpected(this.#tokens.peek());
    return { kind: 'simple', assignments, words, redirects, line };
  }

  #pushAssignment(assignments: Assignment[], assignment: Assignment): void {
    const empty = assignment.value.parts.length === 0;
    if (empty && this.#atOperator('(')) this.#tokens.scanner.fail('array assignment of bash');
    assignments.push(assignment);
  }

  #function(nameWord: Word, line: number): Command {
    const [part] = nameWord.parts;
    const name = nameWord.parts.length === 1 && part?.kind === 'literal' ? part.text : '';
    if (!isName(name)) this.#tokens.scanner.fail('name of a function');
    this.#tokens.next();
    this.#expectOperator(')');
    this.#skipNewlines();
    return { kind: 'function', name, body: this.#command(), line };
  }

  #redirects(): Redirect[] {
    const redirects: Redirect[] = [];
    for (;;) {
      const token = this.#tokens.peek();
      if (token.kind !== 'io-number' && !(token.kind === 'operator' && REDIRECTS.has(token.text))) return redirects;
      redirects.push(this.#redirect());
    }
  }

  #redirect(): Redirect {
    const first = this.#tokens.next();
    const descriptor = first.kind === 'io-number' ? first.descriptor : undefined;
    const operator = first.kind === 'io-number' ? this.#tokens.next() : first;
    if (operator.kind !== 'operator') this.#unexpected(operator);
    const target = this.#tokens.next();
    if (target.kind !== 'word') this.#unexpected(target);
    const text = operator.text as Redirect['operator'] | '<<-';
    const standard = text.startsWith('<') ? 0 : 1;
    if (text !== '<<' && text !== '<<-') {
      return { operator: text, descriptor: descriptor ?? standard, target: target.word };
    }
    const body = this.#tokens.hereDocument(target.word, text === '<<-');
    return { operator: '<<', descriptor: descriptor ?? 0, target: body };
  }

  #skipNewlines(): void {
    while (this.#tokens.peek().kind === 'newline') this.#tokens.next();
  }

  #atOperator(text: string): boolean {
    const token = this.#tokens.peek();
    return token.kind === 'operator' && token.text === text;
  }

  #expectOperator(text: string): void {
    const token = this.#tokens.next();
    if (token.kind !== 'operator' || token.text !== text) this.#unexpected(token);
  }

  #expectWord(text: string): void {
    const token = this.#tokens.next();
    if (token.kind !== 'word' || token.bare !== text) this.#unexpected(token);
  }

  #enter(): void {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) this.#tokens.scanner.fail('commands nested too deeply');
  }

  #unexpected(token: Token): never {
    const shown =
      token.kind === 'word' ? `word ${token.bare ?? ''}` : token.kind === 'operator' ? token.text : token.kind;
    return this.#tokens.scanner.fail(`unexpected ${shown} on line ${token.line}`);
  }
}

/** `NAME=value` with the name unquoted. */
export function readAssignment(word: Word): Assignment | undefined {
  const [first, ...rest] = word.parts;
  if (first?.kind !== 'literal') return undefined;
  const match = /^([A-Za-z_][A-Za-z0-9_]*)=/.exec(first.text);
  if (match?.[1] === undefined) return undefined;
  const remainder = first.text.slice(match[0].length);
  const parts = remainder === '' ? rest : [{ kind: 'literal', text: remainder } as const, ...rest];
  return { name: match[1], value: { parts, line: word.line } };
}
