import type { ByteString } from '../../../core/bytes.ts';
import { NotNative } from '../not-native.ts';
import type { Command } from '../syntax/ast.ts';
import { isName } from '../syntax/scanner.ts';
import type { NativeFunction } from '../types.ts';
import type { Description, DescriptorTable } from './descriptors.ts';
import { ShellError } from './flow.ts';
import type { World } from './world.ts';

export interface Variable {
  readonly value: ByteString | undefined;
  readonly exported: boolean;
  readonly readonly: boolean;
}

export type ShellFunction =
  | { readonly kind: 'script'; readonly body: Command }
  | { readonly kind: 'native'; readonly body: NativeFunction };

export type OptionName = 'errexit' | 'nounset' | 'noglob' | 'xtrace' | 'pipefail';

/** `dash`, or bash running a script that keeps to what both do alike. */
export type Dialect = 'dash' | 'bash';

export interface ShellStart {
  readonly world: World;
  readonly dialect: Dialect;
  readonly zero: ByteString | undefined;
  readonly args: readonly ByteString[];
  readonly environment: ReadonlyMap<string, ByteString>;
  readonly descriptors: DescriptorTable;
  readonly cwd: ByteString;
  readonly umask: number;
}

/** State of one shell process. Subshells are copies that share the world and the open file descriptions. */
export class Shell {
  readonly world: World;
  readonly dialect: Dialect;
  readonly zero: ByteString | undefined;
  readonly variables = new Map<string, Variable>();
  readonly functions = new Map<string, ShellFunction>();
  readonly options = new Set<OptionName>();
  readonly traps = new Map<string, ByteString>();
  descriptors: DescriptorTable;
  args: readonly ByteString[];
  cwd: ByteString;
  umask: number;
  status = 0;
  line = 0;
  loopDepth = 0;
  isSubshell = false;
  /** Status of the last command substitution of the command being expanded. */
  substitutionStatus = 0;
  /** Saved variables of the functions being run, innermost last. */
  readonly localScopes: Map<string, Variable | undefined>[] = [];
  /** The command being run is looked at by an enclosing condition, `&&`, `||` or `!`: `set -e` does not apply. */
  tested = false;
  sourceDepth = 0;
  /** Offset inside a clustered option, between calls of getopts. */
  getoptsOffset = 0;

  constructor(start: ShellStart) {
    this.world = start.world;
    this.dialect = start.dialect;
    this.zero = start.zero;
    this.args = start.args;
    this.descriptors = new Map(start.descriptors);
    this.cwd = start.cwd;
    this.umask = start.umask;
    for (const [name, value] of start.environment) {
      if (isName(name)) this.variables.set(name, { value, exported: true, readonly: false });
    }
    this.variables.set('IFS', { value: ' \t\n', exported: false, readonly: false });
    this.variables.set('OPTIND', { value: '1', exported: false, readonly: false });
    this.variables.set('PWD', {
      value: start.cwd,
      exported: this.variables.get('PWD')?.exported ?? false,
      readonly: false,
    });
  }

  /** A copy for `( )`, a pipeline stage or `$( )`; traps other than ignored ones are reset. */
  subshell(): Shell {
    const copy = new Shell({
      world: this.world,
      dialect: this.dialect,
      zero: this.zero,
      args: this.args,
      environment: new Map(),
      descriptors: this.descriptors,
      cwd: this.cwd,
      umask: this.umask,
    });
    copy.variables.clear();
    for (const [name, variable] of this.variables) copy.variables.set(name, variable);
    for (const [name, definition] of this.functions) copy.functions.set(name, definition);
    for (const option of this.options) copy.options.add(option);
    for (const [signal, action] of this.traps) if (action === '') copy.traps.set(signal, action);
    for (const scope of this.localScopes) copy.localScopes.push(new Map(scope));
    copy.status = this.status;
    copy.line = this.line;
    copy.loopDepth = this.loopDepth;
    copy.sourceDepth = this.sourceDepth;
    copy.getoptsOffset = this.getoptsOffset;
    copy.isSubshell = true;
    return copy;
  }

  get(name: string): ByteString | undefined {
    if (name === 'PPID' || name === 'LINENO' || name === 'RANDOM' || name === 'SECONDS') this.notNative(`$${name}`);
    return this.variables.get(name)?.value;
  }

  /** @throws ShellError for a read-only variable. */
  set(name: string, value: ByteString): void {
    const current = this.variables.get(name);
    if (current?.readonly === true) throw new ShellError(`${name}: is read only`);
    if (name === 'OPTIND') this.getoptsOffset = 0;
    this.variables.set(name, { value, exported: current?.exported ?? false, readonly: false });
  }

  unset(name: string): void {
    if (this.variables.get(name)?.readonly === true) throw new ShellError(`${name}: is read only`);
    this.variables.delete(name);
  }

  /** Environment of a child process. */
  environment(): Map<string, ByteString> {
    const environment = new Map<string, ByteString>();
    for (const [name, variable] of this.variables) {
      if (variable.exported && variable.value !== undefined) environment.set(name, variable.value);
    }
    return environment;
  }

  descriptor(number: number): Description {
    const description = this.descriptors.get(number);
    if (description === undefined) this.notNative(`use of closed file descriptor ${number}`);
    return description;
  }

  writeOut(text: ByteString): void {
    if (text === '') return;
    const output = this.descriptor(1);
    if (!output.writable) this.notNative('writing to a descriptor opened for reading');
    output.write(text);
  }

  writeError(text: ByteString): void {
    const error = this.descriptors.get(2);
    if (error?.writable === true) error.write(text);
  }

  /** A message of the shell itself, as dash writes it. */
  complain(message: ByteString): void {
    this.writeError(`${this.zero ?? 'sh'}: ${this.line}: ${message}\n`);
  }

  notNative(reason: string): never {
    throw new NotNative(reason, this.line);
  }
}
