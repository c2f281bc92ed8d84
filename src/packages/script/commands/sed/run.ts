import type { ByteString } from '../../../../core/bytes.ts';
import type { CommandContext } from '../../types.ts';
import { requireSingleBytes } from '../paths.ts';
import type { Regex } from '../regex/match.ts';
import type { Address, SedCommand, SedInput, SedResult, Substitution } from './program.ts';
import { replacementOf } from './replacement.ts';

/** Lines of the inputs of one run, each with or without its newline. */
/** Runs a program over lines. */
export function runSed(
  context: CommandContext,
  commands: readonly SedCommand[],
  input: SedInput,
  quiet: boolean,
): SedResult {
  return new SedRun(context, commands, input, quiet).run();
}

/** How the rest of the cycle goes on. */
type Flow = 'next' | 'end' | 'delete' | 'restart' | 'quit';

class SedRun {
  readonly #context: CommandContext;
  readonly #commands: readonly SedCommand[];
  readonly #input: SedInput;
  readonly #quiet: boolean;
  readonly #labels = new Map<string, number>();
  /** Line on which an active range ends, by command; infinite while an expression is looked for. */
  readonly #ranges = new Map<SedCommand, number>();
  #line = 0;
  #pattern = '';
  #newline = true;
  #hold = '';
  #output = '';
  #appended: ByteString[] = [];
  #substituted = false;
  #lastRegex: Regex | undefined;
  #status = 0;
  #position = 0;
  #openLine = false;

  constructor(context: CommandContext, commands: readonly SedCommand[], input: SedInput, quiet: boolean) {
    this.#context = context;
    this.#commands = commands;
    this.#input = input;
    this.#quiet = quiet;
    for (const [index, { action }] of commands.entries())
      if (action.kind === 'label') this.#labels.set(action.label, index);
    for (const { action } of commands) {
      if (action.kind === 'branch' && action.label !== '' && !this.#labels.has(action.label))
        context.notNative(`label ${action.label}`);
    }
  }

  run(): SedResult {
    let quit = false;
    let reuse = false;
    while (!quit && (reuse || this.#readLine())) {
      reuse = false;
      const flow = this.#cycle();
      if (flow === 'end' || (flow === 'quit' && this.#status >= 0)) this.#autoprint();
      this.#flushAppended();
      if (flow === 'quit') quit = true;
      reuse = flow === 'restart';
    }
    return { output: this.#output, status: Math.max(this.#status, 0) & 0xff, quit };
  }

  #readLine(): boolean {
    const next = this.#input[this.#line];
    if (next === undefined) return false;
    this.#line += 1;
    requireSingleBytes(this.#context, next.text);
    this.#pattern = next.text;
    this.#newline = next.newline;
    return true;
  }

  /** A line printed without newline gets one as soon as something follows it. */
  #print(text: ByteString, newline: boolean): void {
    if (this.#openLine) this.#output += '\n';
    this.#output += newline ? `${text}\n` : text;
    this.#openLine = !newline;
  }

  #write(text: ByteString): void {
    this.#print(text.slice(0, -1), true);
  }

  #autoprint(): void {
    if (!this.#quiet) this.#print(this.#pattern, this.#newline);
  }

  #flushAppended(): void {
    for (const text of this.#appended) this.#write(text);
    this.#appended = [];
  }

  #cycle(): Flow {
    this.#position = 0;
    while (this.#position < this.#commands.length) {
      this.#context.step(1);
      const command = this.#commands[this.#position];
      this.#position += 1;
      if (command === undefined) break;
      const selected = this.#selects(command) !== command.negated;
      if (!selected) {
        if (command.action.kind === 'block') this.#position = command.action.end + 1;
        continue;
      }
      const flow = this.#execute(command);
      if (flow !== 'next') return flow;
    }
    return 'end';
  }

  #selects(command: SedCommand): boolean {
    const { first, second } = command;
    if (first === undefined) return true;
    if (second === undefined) return this.#matches(first);
    const active = this.#ranges.get(command);
    if (active === undefined) {
      const zero = command.fromZero && this.#line === 1;
      if (!zero && !this.#matches(first)) return false;
      if (second.kind === 'count') this.#ranges.set(command, this.#line + second.count);
      else if (second.kind === 'line') this.#ranges.set(command, second.line);
      else this.#ranges.set(command, Number.POSITIVE_INFINITY);
      const end = this.#ranges.get(command) ?? 0;
      if (end <= this.#line || (second.kind === 'last' && this.#isLast())) this.#ranges.delete(command);
      else if (zero && second.kind === 'regex' && this.#matches(second)) this.#ranges.delete(command);
      return true;
    }
    if (second.kind === 'regex' || second.kind === 'last') {
      if (this.#matches(second)) this.#ranges.delete(command);
      return true;
    }
    if (this.#line >= active) this.#ranges.delete(command);
    // A range whose last line has gone by (after n or N) selects nothing more, unless it starts anew.
    return this.#line <= active || this.#matches(first);
  }

  #isLast(): boolean {
    return this.#line >= this.#input.length;
  }

  #matches(address: Exclude<Address, { kind: 'count' }>): boolean {
    switch (address.kind) {
      case 'line':
        return this.#line === address.line;
      case 'last':
        return this.#isLast();
      case 'step':
        return address.step === 0
          ? this.#line === address.first
          : this.#line >= address.first && (this.#line - address.first) % address.step === 0;
      case 'regex':
        return this.#use(address.regex).test(this.#pattern);
    }
  }

  #use(regex: Regex | undefined): Regex {
    this.#lastRegex = regex ?? this.#lastRegex ?? this.#context.notNative('empty expression');
    return this.#lastRegex;
  }

  #execute(command: SedCommand): Flow {
    const { action } = command;
    switch (action.kind) {
      case 'substitute':
        this.#substitute(action.substitution);
        return 'next';
      case 'translate':
        this.#pattern = [...this.#pattern].map((char) => action.mapping.get(char) ?? char).join('');
        return 'next';
      case 'text':
        return this.#text(command, action.where, action.text);
      case 'branch':
        return this.#branch(action.when, action.label);
      case 'quit':
        this.#status = action.status;
        if (action.print) return 'quit';
        this.#status = action.status;
        return this.#silentQuit();
      case 'simple':
        return this.#simple(action.letter);
      default:
        return 'next';
    }
  }

  #silentQuit(): Flow {
    this.#pattern = '';
    return this.#quiet ? 'quit' : this.#context.notNative('command Q');
  }

  #branch(when: 'b' | 't' | 'T', label: string): Flow {
    const taken = when === 'b' || (when === 't') === this.#substituted;
    if (when !== 'b') this.#substituted = false;
    if (!taken) return 'next';
    if (label === '') return 'end';
    this.#position = (this.#labels.get(label) ?? 0) + 1;
    return 'next';
  }

  #text(command: SedCommand, where: 'a' | 'i' | 'c', text: ByteString): Flow {
    if (where === 'a') this.#appended.push(text);
    else if (where === 'i') this.#write(text);
    else {
      if (command.second === undefined || command.negated || !this.#ranges.has(command)) this.#write(text);
      return 'delete';
    }
    return 'next';
  }

  #simple(letter: string): Flow {
    const newline = this.#pattern.indexOf('\n');
    switch (letter) {
      case 'd':
        return 'delete';
      case 'D':
        if (newline < 0) return 'delete';
        this.#pattern = this.#pattern.slice(newline + 1);
        return 'restart';
      case 'p':
        this.#print(this.#pattern, this.#newline);
        return 'next';
      case 'P':
        this.#print(newline < 0 ? this.#pattern : this.#pattern.slice(0, newline), true);
        return 'next';
      case '=':
        this.#print(String(this.#line), true);
        return 'next';
      case 'h':
        this.#hold = this.#pattern;
        return 'next';
      case 'H':
        this.#hold += `\n${this.#pattern}`;
        return 'next';
      case 'g':
        this.#pattern = this.#hold;
        return 'next';
      case 'G':
        this.#pattern += `\n${this.#hold}`;
        return 'next';
      case 'x':
        [this.#pattern, this.#hold] = [this.#hold, this.#pattern];
        return 'next';
      case 'n':
        if (this.#isLast()) return 'quit';
        this.#autoprint();
        this.#flushAppended();
        this.#readLine();
        return 'next';
      default: {
        if (this.#isLast()) return 'quit';
        const before = this.#pattern;
        this.#flushAppended();
        this.#readLine();
        this.#pattern = `${before}\n${this.#pattern}`;
        return 'next';
      }
    }
  }

  #substitute(substitution: Substitution): void {
    const regex = this.#use(substitution.regex);
    const text = this.#pattern;
    if (!regex.test(text)) return;
    let result = '';
    let position = 0;
    let count = 0;
    let previousEnd = -1;
    for (let from = 0; from <= text.length; ) {
      const match = regex.exec(text, from);
      if (match === undefined) break;
      const { start, end } = match;
      // An empty match right after the previous one does not count.
      if (!(start === end && start === previousEnd)) {
        count += 1;
        if (count >= substitution.occurrence) {
          result += text.slice(position, start) + replacementOf(substitution, match, this.#context);
          position = end;
          this.#substituted = true;
          if (!substitution.global) break;
        }
      }
      previousEnd = end;
      from = start === end ? end + 1 : end;
    }
    if (position === 0 && result === '' && count < substitution.occurrence) return;
    this.#pattern = result + text.slice(position);
    if (substitution.print) this.#print(this.#pattern, this.#newline);
  }
}
