import type { ByteString } from '../../../core/bytes.ts';
import { readAssignment } from './assignment.ts';
import type { Assignment, CaseItem, Command, Redirect, Word } from './ast.ts';
import { readRedirect, readRedirects, startsRedirect } from './redirects.ts';
import { isName, Scanner } from './scanner.ts';
import { TokenCursor } from './token-cursor.ts';
import { TokenReader } from './tokens.ts';
import type { CommandReader } from './words.ts';

const LIST_END = new Set(['then', 'do', 'else', 'elif', 'fi', 'done', 'esac', '}']);
const BASH_RESERVED = new Set(['[[', 'function', 'select', 'time', 'coproc']);

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
  readonly #cursor: TokenCursor;

  constructor(text: ByteString, options: ParseOptions = {}) {
    this.refuseBashDifferences = options.bash === true;
    this.#cursor = new TokenCursor(new TokenReader(new Scanner(text, options.line ?? 1), this));
  }

  /** The next complete command (a line, or more when it spans lines), undefined at the end of the text. */
  nextCommand(): Command | undefined {
    for (;;) {
      const token = this.#cursor.tokens.peek();
      if (token.kind === 'end') return undefined;
      if (token.kind !== 'newline') break;
      this.#cursor.tokens.next();
    }
    const command = this.#list(true);
    const end = this.#cursor.tokens.peek();
    if (end.kind !== 'newline' && end.kind !== 'end') this.#cursor.unexpected(end);
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
    const outer = this.#cursor.tokens;
    const tokens = new TokenReader(scanner, this);
    this.#cursor.tokens = tokens;
    const commands: Command[] = [];
    this.#cursor.enter();
    for (;;) {
      this.#cursor.skipNewlines();
      if (this.#cursor.atOperator(')')) break;
      if (tokens.peek().kind === 'end') scanner.fail('unterminated command substitution');
      commands.push(this.#list(true));
    }
    this.#cursor.leave();
    tokens.next();
    if (tokens.hasPendingHereDocuments) scanner.fail('here-document that reaches out of its substitution');
    this.#cursor.tokens = outer;
    return commands;
  }

  /** One or more and-or lists. A single line when `oneLine`, else up to a closing word. */
  #list(oneLine: boolean): Command {
    this.#cursor.enter();
    const line = this.#cursor.tokens.peek().line;
    const items: Command[] = [];
    for (;;) {
      if (!oneLine) this.#cursor.skipNewlines();
      if (this.#atListEnd()) break;
      const item = this.#andOr();
      const separator = this.#cursor.tokens.peek();
      const background = separator.kind === 'operator' && separator.text === '&';
      items.push(background ? { kind: 'background', command: item, line: separator.line } : item);
      if (separator.kind === 'operator' && (separator.text === ';' || background)) this.#cursor.tokens.next();
      else if (separator.kind !== 'newline') break;
      if (oneLine && this.#cursor.tokens.peek().kind === 'newline') break;
    }
    this.#cursor.leave();
    const [only] = items;
    if (only === undefined) this.#cursor.unexpected(this.#cursor.tokens.peek());
    return items.length === 1 ? only : { kind: 'list', items, line };
  }

  #atListEnd(): boolean {
    const token = this.#cursor.tokens.peek();
    if (token.kind === 'end' || token.kind === 'newline') return true;
    if (token.kind === 'operator') return token.text === ')' || token.text === ';;';
    return token.kind === 'word' && token.bare !== undefined && LIST_END.has(token.bare);
  }

  #andOr(): Command {
    let left = this.#pipeline();
    for (;;) {
      const token = this.#cursor.tokens.peek();
      if (token.kind !== 'operator' || (token.text !== '&&' && token.text !== '||')) return left;
      this.#cursor.tokens.next();
      this.#cursor.skipNewlines();
      const right = this.#pipeline();
      left = { kind: token.text === '&&' ? 'and' : 'or', left, right, line: token.line };
    }
  }

  #pipeline(): Command {
    const first = this.#cursor.tokens.peek();
    if (first.kind === 'word' && first.bare === '!') {
      this.#cursor.tokens.next();
      const second = this.#cursor.tokens.peek();
      if (second.kind === 'word' && second.bare === '!') this.#cursor.tokens.scanner.fail('doubled !');
      return { kind: 'not', command: this.#pipeline(), line: first.line };
    }
    const stages = [this.#command()];
    while (this.#cursor.atOperator('|')) {
      this.#cursor.tokens.next();
      this.#cursor.skipNewlines();
      const token = this.#cursor.tokens.peek();
      if (token.kind === 'word' && token.bare === '!') this.#cursor.tokens.scanner.fail('! inside a pipeline');
      stages.push(this.#command());
    }
    const [only] = stages;
    return stages.length === 1 && only !== undefined ? only : { kind: 'pipeline', stages, line: first.line };
  }

  #command(): Command {
    const token = this.#cursor.tokens.peek();
    if (token.kind === 'operator' && token.text === '(') return this.#subshell();
    const compound =
      token.kind === 'word' && token.bare !== undefined ? this.#compound(token.bare, token.line) : undefined;
    if (compound === undefined) return this.#simple();
    const redirects = readRedirects(this.#cursor);
    return redirects.length === 0 ? compound : { kind: 'redirected', command: compound, redirects, line: token.line };
  }

  #compound(keyword: string, line: number): Command | undefined {
    if (this.refuseBashDifferences && BASH_RESERVED.has(keyword))
      this.#cursor.tokens.scanner.fail(`${keyword} of bash`);
    switch (keyword) {
      case '{':
        return this.#between('{', '}');
      case 'if':
        this.#cursor.tokens.next();
        return this.#ifRest(line);
      case 'while':
      case 'until':
        return this.#while(keyword === 'until', line);
      case 'for':
        return this.#for(line);
      case 'case':
        return this.#case(line);
      default:
        if (LIST_END.has(keyword)) this.#cursor.unexpected(this.#cursor.tokens.peek());
        return undefined;
    }
  }

  #subshell(): Command {
    const { line } = this.#cursor.tokens.next();
    const body = this.#list(false);
    this.#cursor.expectOperator(')');
    return { kind: 'subshell', body, redirects: readRedirects(this.#cursor), line };
  }

  #between(open: string, close: string): Command {
    this.#cursor.expectWord(open);
    const body = this.#list(false);
    this.#cursor.expectWord(close);
    return body;
  }

  #ifRest(line: number): Command {
    const condition = this.#list(false);
    this.#cursor.expectWord('then');
    const body = this.#list(false);
    const token = this.#cursor.tokens.next();
    const bare = token.kind === 'word' ? token.bare : undefined;
    if (bare === 'elif') return { kind: 'if', condition, consequence: body, otherwise: this.#ifRest(token.line), line };
    if (bare === 'fi') return { kind: 'if', condition, consequence: body, otherwise: undefined, line };
    if (bare !== 'else') this.#cursor.unexpected(token);
    const otherwise = this.#list(false);
    this.#cursor.expectWord('fi');
    return { kind: 'if', condition, consequence: body, otherwise, line };
  }

  #while(until: boolean, line: number): Command {
    this.#cursor.tokens.next();
    const condition = this.#list(false);
    return { kind: 'while', until, condition, body: this.#between('do', 'done'), line };
  }

  #for(line: number): Command {
    this.#cursor.tokens.next();
    const name = this.#cursor.tokens.next();
    if (name.kind !== 'word' || name.bare === undefined || !isName(name.bare)) this.#cursor.unexpected(name);
    const variable = name.bare;
    this.#cursor.skipNewlines();
    const token = this.#cursor.tokens.peek();
    let words: Word[] | undefined;
    if (token.kind === 'word' && token.bare === 'in') {
      this.#cursor.tokens.next();
      words = [];
      for (let next = this.#cursor.tokens.next(); ; next = this.#cursor.tokens.next()) {
        if (next.kind === 'newline' || (next.kind === 'operator' && next.text === ';')) break;
        if (next.kind !== 'word') this.#cursor.unexpected(next);
        words.push(next.word);
      }
    } else if (token.kind === 'operator' && token.text === ';') this.#cursor.tokens.next();
    this.#cursor.skipNewlines();
    return { kind: 'for', variable, words, body: this.#between('do', 'done'), line };
  }

  #case(line: number): Command {
    this.#cursor.tokens.next();
    const subject = this.#cursor.tokens.next();
    if (subject.kind !== 'word') this.#cursor.unexpected(subject);
    this.#cursor.skipNewlines();
    this.#cursor.expectWord('in');
    const items: CaseItem[] = [];
    for (;;) {
      this.#cursor.skipNewlines();
      const token = this.#cursor.tokens.peek();
      if (token.kind === 'word' && token.bare === 'esac') break;
      items.push(this.#caseItem());
      this.#cursor.skipNewlines();
      if (!this.#cursor.atOperator(';;')) break;
      this.#cursor.tokens.next();
    }
    this.#cursor.expectWord('esac');
    return { kind: 'case', subject: subject.word, items, line };
  }

  #caseItem(): CaseItem {
    if (this.#cursor.atOperator('(')) this.#cursor.tokens.next();
    const patterns: Word[] = [];
    for (;;) {
      const token = this.#cursor.tokens.next();
      if (token.kind !== 'word') this.#cursor.unexpected(token);
      patterns.push(token.word);
      if (!this.#cursor.atOperator('|')) break;
      this.#cursor.tokens.next();
    }
    this.#cursor.expectOperator(')');
    this.#cursor.skipNewlines();
    return { patterns, body: this.#atListEnd() ? undefined : this.#list(false) };
  }

  #simple(): Command {
    const line = this.#cursor.tokens.peek().line;
    const assignments: Assignment[] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    for (;;) {
      const token = this.#cursor.tokens.peek();
      if (token.kind === 'word') {
        this.#cursor.tokens.next();
        const assignment = words.length === 0 ? readAssignment(token.word) : undefined;
        if (assignment === undefined) words.push(token.word);
        else this.#pushAssignment(assignments, assignment);
      } else if (startsRedirect(token)) {
        redirects.push(readRedirect(this.#cursor));
      } else if (this.#cursor.atOperator('(')) {
        const bare = token.kind === 'operator' ? words[0] : undefined;
        if (bare === undefined || words.length !== 1 || assignments.length + redirects.length > 0)
          this.#cursor.unexpected(token);
        return this.#function(bare, line);
      } else break;
    }
    if (assignments.length + words.length + redirects.length === 0) this.#cursor.unexpected(this.#cursor.tokens.peek());
    return { kind: 'simple', assignments, words, redirects, line };
  }

  #pushAssignment(assignments: Assignment[], assignment: Assignment): void {
    const empty = assignment.value.parts.length === 0;
    if (empty && this.#cursor.atOperator('(')) this.#cursor.tokens.scanner.fail('array assignment of bash');
    assignments.push(assignment);
  }

  #function(nameWord: Word, line: number): Command {
    const [part] = nameWord.parts;
    const name = nameWord.parts.length === 1 && part?.kind === 'literal' ? part.text : '';
    if (!isName(name)) this.#cursor.tokens.scanner.fail('name of a function');
    this.#cursor.tokens.next();
    this.#cursor.expectOperator(')');
    this.#cursor.skipNewlines();
    return { kind: 'function', name, body: this.#command(), line };
  }
}
