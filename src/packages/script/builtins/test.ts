import type { ByteString } from '../../../core/bytes.ts';
import type { Inode } from '../../../oci/tree/types.ts';
import type { Builtin } from '../shell/builtin.ts';
import { devicePath } from '../shell/devices.ts';
import { absolutePath, lstatPath, statPath } from '../shell/files.ts';
import { ShellError } from '../shell/flow.ts';
import type { Shell } from '../shell/shell.ts';

const UNARY = new Set([...'bcdefghknoprstuwxzGLOS'].map((letter) => `-${letter}`));
const BINARY = new Set(['=', '!=', '<', '>', '-eq', '-ne', '-gt', '-lt', '-le', '-ge', '-nt', '-ot', '-ef']);

/** `test` and `[` of dash, run by root. */
export const test: Builtin = ({ name, args, shell }) => {
  const operands = [...args];
  if (name === '[' && operands.pop() !== ']') return error(shell, 'missing ]');
  if (operands.length === 0) return 1;
  const evaluation = new Evaluation(shell, operands);
  return evaluation.whole() ? 0 : 1;
};

/** dash reports status 2; bash has more operators and would not. */
function error(shell: Shell, problem: string): never {
  if (shell.dialect === 'bash') return shell.notNative(`test: ${problem}`);
  throw new ShellError(problem);
}

/** What depends on the process or on how a tool reads an ambiguous expression. */
function refuse(shell: Shell, problem: string): never {
  return shell.notNative(`test: ${problem}`);
}

class Evaluation {
  readonly #shell: Shell;
  readonly #operands: readonly ByteString[];
  #index = 0;

  constructor(shell: Shell, operands: readonly ByteString[]) {
    this.#shell = shell;
    this.#operands = operands;
  }

  /** Up to four operands the meaning depends on their number alone (POSIX); beyond, a grammar with -a and -o. */
  whole(): boolean {
    const [first, second, third] = this.#operands;
    const count = this.#operands.length;
    if (first === '!' && count > 1 && !(count === 3 && second !== undefined && this.#isBinary(second))) {
      return !new Evaluation(this.#shell, this.#operands.slice(1)).whole();
    }
    if (count === 1) return first !== '';
    if (count === 3 && first !== undefined && second !== undefined && third !== undefined && this.#isBinary(second)) {
      return this.#binary(first, second, third);
    }
    const value = this.#or();
    if (this.#index !== count) error(this.#shell, `${this.#peek() ?? ''}: unexpected operator`);
    return value;
  }

  /** bash and busybox know `==`; dash takes it for an operand. */
  #isBinary(operator: string): boolean {
    return BINARY.has(operator) || (operator === '==' && this.#shell.dialect === 'bash');
  }

  #peek(offset = 0): ByteString | undefined {
    return this.#operands[this.#index + offset];
  }

  #or(): boolean {
    let value = this.#and();
    while (this.#peek() === '-o') {
      this.#index += 1;
      value = this.#and() || value;
    }
    return value;
  }

  #and(): boolean {
    let value = this.#not();
    while (this.#peek() === '-a') {
      this.#index += 1;
      value = this.#not() && value;
    }
    return value;
  }

  #not(): boolean {
    if (this.#peek() !== '!' || this.#peek(1) === undefined || this.#isBinary(this.#peek(1) ?? ''))
      return this.#primary();
    this.#index += 1;
    return !this.#not();
  }

  #primary(): boolean {
    const [first, second, third] = [this.#peek(), this.#peek(1), this.#peek(2)];
    if (first === undefined) return error(this.#shell, 'argument expected');
    if (second !== undefined && third !== undefined && this.#isBinary(second)) {
      this.#index += 3;
      return this.#binary(first, second, third);
    }
    if (first === '(') return this.#parenthesis();
    if (UNARY.has(first) && second !== undefined) {
      const ambiguous = (second === '-a' || second === '-o') && third !== undefined;
      if (ambiguous) refuse(this.#shell, `ambiguous ${first} ${second} ${third}`);
      this.#index += 2;
      return this.#unary(first, second);
    }
    this.#index += 1;
    return first !== '';
  }

  #parenthesis(): boolean {
    this.#index += 1;
    const value = this.#or();
    if (this.#peek() !== ')') refuse(this.#shell, 'closing paren expected');
    this.#index += 1;
    return value;
  }

  #binary(left: ByteString, operator: string, right: ByteString): boolean {
    switch (operator) {
      case '=':
      case '==':
        return left === right;
      case '!=':
        return left !== right;
      case '<':
        return left < right;
      case '>':
        return left > right;
      case '-nt':
      case '-ot':
      case '-ef':
        return this.#compareFiles(left, operator, right);
      default:
        return compareNumbers(this.#number(left), operator, this.#number(right));
    }
  }

  #number(text: ByteString): bigint {
    if (!/^\s*[-+]?[0-9]{1,18}\s*$/.test(text)) error(this.#shell, `Illegal number: ${text}`);
    return BigInt(text.trim().replace(/^\+/, ''));
  }

  #compareFiles(left: ByteString, operator: string, right: ByteString): boolean {
    const [first, second] = [this.#stat(left), this.#stat(right)];
    if (first === undefined || second === undefined) {
      if (operator === '-ef') return false;
      return operator === '-nt' ? first !== undefined : second !== undefined;
    }
    if (operator === '-ef') return first.ino === second.ino;
    // The tree keeps whole seconds, the kernel compares nanoseconds.
    if (first.mtime === second.mtime && first.ino !== second.ino)
      refuse(this.#shell, `${operator} of equally old files`);
    return operator === '-nt' ? first.mtime > second.mtime : first.mtime < second.mtime;
  }

  #stat(path: ByteString): Inode | undefined {
    return statPath(this.#shell.world.tree, this.#shell.cwd, path);
  }

  #unary(operator: string, operand: ByteString): boolean {
    const shell = this.#shell;
    if (operator === '-n') return operand !== '';
    if (operator === '-z') return operand === '';
    // The package manager's descriptors are no terminal when an image is built.
    if (operator === '-t') return /^[0-9]$/.test(operand) ? false : refuse(shell, `-t ${operand}`);
    if (operator === '-o') return refuse(shell, '-o with a shell option');
    const device = operand === '' ? undefined : devicePath(absolutePath(shell.cwd, operand));
    if (device !== undefined) return testDevice(shell, operator, device.kind);
    const isLink = operator === '-h' || operator === '-L';
    const inode = isLink ? lstatPath(shell.world.tree, shell.cwd, operand) : this.#stat(operand);
    return inode !== undefined && testInode(operator, inode);
  }
}

function testDevice(shell: Shell, operator: string, kind: 'null' | 'standard' | 'absent'): boolean {
  if (kind === 'absent') return false;
  if (kind === 'standard') return refuse(shell, 'kind of a standard stream');
  return operator === '-e' || operator === '-c' || operator === '-r' || operator === '-w';
}

function testInode(operator: string, inode: Inode): boolean {
  switch (operator) {
    case '-e':
    case '-r':
    case '-w':
      return true;
    case '-b':
      return inode.type === 'block';
    case '-c':
      return inode.type === 'character';
    case '-d':
      return inode.type === 'directory';
    case '-f':
      return inode.type === 'file';
    case '-h':
    case '-L':
      return inode.type === 'symlink';
    case '-p':
      return inode.type === 'fifo';
    case '-S':
      return false;
    case '-s':
      return inode.type === 'file' ? inode.size > 0 : inode.type === 'directory';
    case '-u':
      return (inode.mode & 0o4000) !== 0;
    case '-g':
      return (inode.mode & 0o2000) !== 0;
    case '-k':
      return (inode.mode & 0o1000) !== 0;
    case '-O':
      return inode.uid === 0;
    case '-G':
      return inode.gid === 0;
    default:
      // root may execute what anybody may, and search every directory.
      return inode.type === 'directory' || (inode.mode & 0o111) !== 0;
  }
}

function compareNumbers(left: bigint, operator: string, right: bigint): boolean {
  switch (operator) {
    case '-eq':
      return left === right;
    case '-ne':
      return left !== right;
    case '-gt':
      return left > right;
    case '-lt':
      return left < right;
    case '-le':
      return left <= right;
    default:
      return left >= right;
  }
}
