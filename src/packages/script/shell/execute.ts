import type { ByteString } from '../../../core/bytes.ts';
import { NotNative } from '../not-native.ts';
import type { Command } from '../syntax/ast.ts';
import { parsedText } from '../syntax/parsed-text.ts';
import type { RunOptions } from '../types.ts';
import { type Builtin, SPECIAL_BUILTINS } from './builtin.ts';
import { Collector, TextSource } from './descriptors.ts';
import { Expander } from './expand.ts';
import { ExitShell, LeaveLoop, ShellError } from './flow.ts';
import type { ChildResult, Interpreter } from './interpreter.ts';
import { compilePattern, matchesPattern } from './pattern.ts';
import { requireWholeInput } from './pipe-failure.ts';
import { runToEnd } from './process.ts';
import { applyRedirects } from './redirect.ts';
import type { Shell } from './shell.ts';
import { SimpleCommands } from './simple-command.ts';

type Node<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>;

/** Walks the syntax tree. Rules of `set -e` as in dash's evaltree: simple commands, subshells and pipelines that nobody tests. */
export class TreeInterpreter implements Interpreter {
  readonly #simple: SimpleCommands;

  constructor(builtins: ReadonlyMap<string, Builtin>) {
    this.#simple = new SimpleCommands(this, builtins);
  }

  execute(shell: Shell, command: Command, tested: boolean): number {
    shell.tested = tested;
    const status = this.#locate(shell, () => this.#evaluate(shell, command, tested));
    shell.status = status;
    const checked = command.kind === 'simple' || command.kind === 'subshell' || command.kind === 'pipeline';
    if (checked && status !== 0 && !tested && shell.options.has('errexit')) throw new ExitShell(status);
    return status;
  }

  /** Parts that know no line (arithmetic, patterns) get the one of the command they belong to. */
  #locate(shell: Shell, action: () => number): number {
    try {
      return action();
    } catch (error) {
      if (error instanceof NotNative) error.line ??= shell.line;
      throw error;
    }
  }

  #evaluate(shell: Shell, command: Command, tested: boolean): number {
    switch (command.kind) {
      case 'simple':
        return this.#simple.run(shell, command);
      case 'pipeline':
        return this.#pipeline(shell, command, tested);
      case 'not':
        return this.execute(shell, command.command, true) === 0 ? 1 : 0;
      case 'and':
      case 'or': {
        const left = this.execute(shell, command.left, true);
        return (left === 0) === (command.kind === 'and') ? this.execute(shell, command.right, tested) : left;
      }
      case 'list':
        return command.items.reduce((_, item) => this.execute(shell, item, tested), 0);
      case 'background':
        return this.#at(shell, command.line).notNative('background command');
      case 'subshell':
        return this.#subshell(shell, command, tested);
      case 'redirected':
        return this.#redirected(shell, command, tested);
      case 'if': {
        const condition = this.execute(shell, command.condition, true) === 0;
        const branch = condition ? command.consequence : command.otherwise;
        return branch === undefined ? 0 : this.execute(shell, branch, tested);
      }
      case 'while':
        return this.#while(shell, command, tested);
      case 'for':
        return this.#for(shell, command, tested);
      case 'case':
        return this.#case(shell, command, tested);
      case 'function':
        if (SPECIAL_BUILTINS.has(command.name))
          this.#at(shell, command.line).notNative('function named like a special built-in');
        shell.functions.set(command.name, { kind: 'script', body: command.body });
        return 0;
    }
  }

  #at(shell: Shell, line: number): Shell {
    shell.line = line;
    return shell;
  }

  #subshell(shell: Shell, command: Node<'subshell'>, tested: boolean): number {
    return this.inSubshell(shell, (child) => {
      child.line = command.line;
      try {
        applyRedirects(new Expander(child, this), command.redirects);
      } catch (error) {
        if (!(error instanceof ShellError)) throw error;
        child.complain(error.text);
        return error.status;
      }
      return this.execute(child, command.body, tested);
    });
  }

  #redirected(shell: Shell, command: Node<'redirected'>, tested: boolean): number {
    const saved = new Map(shell.descriptors);
    shell.line = command.line;
    try {
      try {
        applyRedirects(new Expander(shell, this), command.redirects);
      } catch (error) {
        if (!(error instanceof ShellError)) throw error;
        shell.complain(error.text);
        if (!tested && shell.options.has('errexit')) throw new ExitShell(error.status);
        return error.status;
      }
      return this.execute(shell, command.command, tested);
    } finally {
      shell.descriptors = saved;
    }
  }

  /** Every stage is a process of its own; they run one after the other with the pipes' contents held between them. */
  #pipeline(shell: Shell, command: Node<'pipeline'>, tested: boolean): number {
    const statuses: number[] = [];
    let input: ByteString | undefined;
    for (const [index, stage] of command.stages.entries()) {
      const isLast = index === command.stages.length - 1;
      const output = new Collector(shell.world.budget);
      const held = input === undefined ? undefined : new TextSource(input);
      const status = this.inSubshell(shell, (child) => {
        if (held !== undefined) child.descriptors.set(0, held);
        if (!isLast) child.descriptors.set(1, output);
        return this.execute(child, stage, tested);
      });
      if (held !== undefined && shell.options.has('pipefail')) requireWholeInput(shell, stage, held);
      statuses.push(status);
      input = output.text;
    }
    const failed = shell.options.has('pipefail') ? statuses.findLast((status) => status !== 0) : undefined;
    return failed ?? statuses.at(-1) ?? 0;
  }

  #while(shell: Shell, command: Node<'while'>, tested: boolean): number {
    return this.#loop(shell, (iterate) => {
      let status = 0;
      for (;;) {
        shell.world.budget.step();
        let proceed = false;
        const left = iterate(() => {
          proceed = (this.execute(shell, command.condition, true) === 0) !== command.until;
          if (proceed) status = this.execute(shell, command.body, tested);
        });
        if (left === 'broken') return 0;
        if (left === 'continued') status = 0;
        else if (!proceed) return status;
      }
    });
  }

  #for(shell: Shell, command: Node<'for'>, tested: boolean): number {
    shell.line = command.line;
    const values = command.words === undefined ? shell.args : new Expander(shell, this).fields(command.words);
    return this.#loop(shell, (iterate) => {
      let status = 0;
      for (const value of values) {
        shell.world.budget.step();
        shell.set(command.variable, value);
        const left = iterate(() => {
          status = this.execute(shell, command.body, tested);
        });
        if (left === 'broken') return 0;
        if (left === 'continued') status = 0;
      }
      return status;
    });
  }

  /** Runs a loop whose turns may be left by `break` and `continue`. */
  #loop(shell: Shell, body: (iterate: (turn: () => void) => 'done' | 'continued' | 'broken') => number): number {
    shell.loopDepth += 1;
    const depth = shell.loopDepth;
    try {
      return body((turn) => {
        try {
          turn();
          return 'done';
        } catch (error) {
          if (!(error instanceof LeaveLoop)) throw error;
          shell.loopDepth = depth;
          if (error.levels > 1) {
            error.levels -= 1;
            throw error;
          }
          return error.kind === 'break' ? 'broken' : 'continued';
        }
      });
    } finally {
      shell.loopDepth = depth - 1;
    }
  }

  #case(shell: Shell, command: Node<'case'>, tested: boolean): number {
    shell.line = command.line;
    const expander = new Expander(shell, this);
    const subject = expander.text(command.subject);
    for (const item of command.items) {
      const matches = item.patterns.some((pattern) =>
        matchesPattern(compilePattern(expander.pattern(pattern)), subject),
      );
      if (matches) return item.body === undefined ? 0 : this.execute(shell, item.body, tested);
    }
    return 0;
  }

  evaluateText(shell: Shell, text: ByteString, line: number): number {
    const commands = parsedText(text, { line, bash: shell.dialect === 'bash' });
    const { tested } = shell;
    let status = 0;
    let index = 0;
    for (let command = commands.at(index); command !== undefined; command = commands.at(++index)) {
      status = this.execute(shell, command, tested);
    }
    return status;
  }

  substitute(shell: Shell, body: readonly Command[]): ByteString {
    const output = new Collector(shell.world.budget);
    shell.substitutionStatus = this.inSubshell(shell, (child) => {
      child.descriptors.set(1, output);
      // bash switches errexit off in substitutions, dash keeps it.
      if (child.dialect === 'bash') child.options.delete('errexit');
      return body.reduce((_, command) => this.execute(child, command, false), 0);
    });
    return output.text.replaceAll('\0', '').replace(/\n+$/, '');
  }

  runArguments(shell: Shell, argv: readonly ByteString[], options: { readonly skipFunctions?: boolean } = {}): number {
    return this.#simple.runArguments(shell, argv, options.skipFunctions === true);
  }

  runFile(shell: Shell, argv: readonly ByteString[]): number {
    return this.#simple.runFile(shell, argv);
  }

  runChild(shell: Shell, argv: readonly ByteString[], stdin: ByteString | undefined, options: RunOptions): ChildResult {
    const output = new Collector(shell.world.budget);
    const status = this.inSubshell(shell, (child) => {
      if (stdin !== undefined) child.descriptors.set(0, new TextSource(stdin));
      if (options.inherit !== true) child.descriptors.set(1, output);
      if (options.cwd !== undefined) child.cwd = options.cwd;
      if (options.environment !== undefined) {
        child.variables.clear();
        for (const [name, value] of options.environment)
          child.variables.set(name, { value, exported: true, readonly: false });
      }
      child.functions.clear();
      return this.#simple.runFile(child, argv);
    });
    return { status, stdout: output.text };
  }

  inSubshell(shell: Shell, action: (child: Shell) => number): number {
    return shell.world.budget.nested(() => {
      const child = shell.subshell();
      const status = runToEnd(child, this, () => action(child));
      return status;
    });
  }
}
