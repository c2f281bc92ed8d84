import type { ByteString } from '../../../core/bytes.ts';
import { readAssignment } from '../syntax/assignment.ts';
import type { Assignment, SimpleCommand } from '../syntax/ast.ts';
import { type Builtin, SPECIAL_BUILTINS } from './builtin.ts';
import { createFunctionContext } from './context.ts';
import { Expander } from './expand.ts';
import { ReturnFromFunction, ShellError } from './flow.ts';
import type { Interpreter } from './interpreter.ts';
import { resolveCommand } from './lookup.ts';
import { executeFile, isPresent } from './process.ts';
import { applyRedirects } from './redirect.ts';
import type { Shell, ShellFunction } from './shell.ts';

const DECLARATIONS = new Set(['export', 'readonly', 'local']);
/** Built-ins of bash that dash has not: under bash they would run instead of a file or "not found". */
const BASH_ONLY = new Set([
  'source',
  'declare',
  'typeset',
  'let',
  'shopt',
  'pushd',
  'popd',
  'dirs',
  'mapfile',
  'readarray',
  'builtin',
  'caller',
  'compgen',
  'complete',
  'disown',
  'enable',
  'help',
  'history',
  'logout',
  'suspend',
  'alias',
  'unalias',
  'fc',
]);

/** Runs simple commands: expansion, assignments, redirections, lookup. */
export class SimpleCommands {
  readonly #interpreter: Interpreter;
  readonly #builtins: ReadonlyMap<string, Builtin>;

  constructor(interpreter: Interpreter, builtins: ReadonlyMap<string, Builtin>) {
    this.#interpreter = interpreter;
    this.#builtins = builtins;
  }

  run(shell: Shell, command: SimpleCommand): number {
    shell.world.budget.step();
    shell.line = command.line;
    shell.substitutionStatus = 0;
    const expander = new Expander(shell, this.#interpreter);
    const argv = this.#arguments(expander, command);
    const name = argv[0];
    const saved = new Map(shell.descriptors);
    const special = name !== undefined && SPECIAL_BUILTINS.has(name);
    const keep = name === 'exec';
    try {
      if (!this.#redirect(expander, command, special)) return 2;
      if (name === undefined) {
        this.#assign(shell, expander, command.assignments, false);
        return shell.substitutionStatus;
      }
      if (special) {
        this.#assign(shell, expander, command.assignments, true);
        return this.runArguments(shell, argv);
      }
      return this.#withAssignments(shell, expander, command.assignments, () => this.runArguments(shell, argv));
    } finally {
      if (!keep) shell.descriptors = saved;
    }
  }

  /** dash reads `export NAME=word` as an assignment only since 0.5.11; the operand is then not split. */
  #arguments(expander: Expander, command: SimpleCommand): ByteString[] {
    const [first, ...rest] = command.words;
    if (first === undefined) return [];
    const head = expander.fields([first]);
    const literal = first.parts.length === 1 && first.parts[0]?.kind === 'literal' ? first.parts[0].text : '';
    if (!DECLARATIONS.has(literal)) return [...head, ...expander.fields(rest)];
    const operands = rest.flatMap((word) => {
      const assignment = readAssignment(word);
      if (assignment === undefined) return expander.fields([word]);
      return [`${assignment.name}=${expander.text(assignment.value, 'assignment')}`];
    });
    return [...head, ...operands];
  }

  #redirect(expander: Expander, command: SimpleCommand, special: boolean): boolean {
    try {
      applyRedirects(expander, command.redirects);
      return true;
    } catch (error) {
      if (special || !(error instanceof ShellError) || !/^cannot |Bad file descriptor/.test(error.text)) throw error;
      expander.shell.complain(error.text);
      return false;
    }
  }

  #assign(shell: Shell, expander: Expander, assignments: readonly Assignment[], special: boolean): void {
    if (special && assignments.length > 0 && shell.dialect === 'bash') {
      shell.notNative('assignment before a special built-in');
    }
    for (const { name, value } of assignments) shell.set(name, expander.text(value, 'assignment'));
  }

  /** Assignments before a command are its environment and are undone after it. */
  #withAssignments(shell: Shell, expander: Expander, assignments: readonly Assignment[], action: () => number): number {
    if (assignments.length === 0) return action();
    const saved = assignments.map(({ name }) => [name, shell.variables.get(name)] as const);
    try {
      for (const { name, value } of assignments) {
        shell.set(name, expander.text(value, 'assignment'));
        const variable = shell.variables.get(name);
        if (variable !== undefined) shell.variables.set(name, { ...variable, exported: true });
      }
      return action();
    } finally {
      for (const [name, variable] of saved.reverse()) {
        if (variable === undefined) shell.variables.delete(name);
        else shell.variables.set(name, variable);
      }
    }
  }

  /** Runs a function, built-in or file with expanded arguments. */
  runArguments(shell: Shell, argv: readonly ByteString[], skipFunctions = false): number {
    const [name, ...args] = argv;
    if (name === undefined) return 0;
    if (shell.dialect === 'bash' && BASH_ONLY.has(name)) shell.notNative(`${name} of bash`);
    const builtin = this.#builtins.get(name);
    const definition = SPECIAL_BUILTINS.has(name) || skipFunctions ? undefined : shell.functions.get(name);
    if (definition !== undefined) return this.#callFunction(shell, definition, argv);
    if (builtin === undefined) return this.runFile(shell, argv);
    try {
      return builtin({ name, args, shell, interpreter: this.#interpreter });
    } catch (error) {
      if (SPECIAL_BUILTINS.has(name) && !skipFunctions) throw error;
      if (!(error instanceof ShellError)) throw error;
      shell.complain(`${name}: ${error.text}`);
      return error.status;
    }
  }

  runFile(shell: Shell, argv: readonly ByteString[]): number {
    const name = argv[0] ?? '';
    const path = name === '' ? undefined : resolveCommand(shell, name);
    if (path !== undefined) return executeFile(shell, this.#interpreter, path, argv, shell.environment());
    if (name.includes('/') && isPresent(shell, name)) {
      shell.complain(`${name}: Permission denied`);
      return 126;
    }
    shell.complain(`${name}: not found`);
    return 127;
  }

  #callFunction(shell: Shell, definition: ShellFunction, argv: readonly ByteString[]): number {
    if (definition.kind === 'native') {
      return definition.body(createFunctionContext(shell, this.#interpreter, argv));
    }
    const { args, loopDepth, tested } = shell;
    const scope = new Map<string, ReturnType<typeof shell.variables.get>>();
    shell.args = argv.slice(1);
    shell.loopDepth = 0;
    shell.localScopes.push(scope);
    try {
      return shell.world.budget.nested(() => this.#interpreter.execute(shell, definition.body, tested));
    } catch (error) {
      if (!(error instanceof ReturnFromFunction)) throw error;
      return error.status;
    } finally {
      shell.localScopes.pop();
      for (const [name, variable] of scope) {
        if (variable === undefined) shell.variables.delete(name);
        else shell.variables.set(name, variable);
      }
      shell.args = args;
      shell.loopDepth = loopDepth;
      shell.tested = tested;
    }
  }
}
