import type { ByteString } from '../../../../core/bytes.ts';
import type { Inode } from '../../../../oci/tree/types.ts';
import { compilePattern, matchesPattern } from '../../shell/pattern.ts';
import type { CommandContext } from '../../types.ts';
import { findGroup, findUser } from '../files/owners.ts';
import { absolute, basename, fail, joinPath, lstat, missingReason, quote, stat } from '../paths.ts';
import { permissionTest } from './permission.ts';
import { compilePrintFormat } from './print-format.ts';
import { compileWholePathRegex } from './regular-expression.ts';

interface Visit {
  readonly path: ByteString;
  readonly root: ByteString;
  readonly absolute: ByteString;
  readonly depth: number;
  readonly inode: Inode;
}

type Test = (visit: Visit) => boolean;

interface Plan {
  readonly test: Test;
  readonly minDepth: number;
  readonly maxDepth: number;
  readonly depthFirst: boolean;
  /** Runs what `-exec … +` collected; its status. */
  finish(): number;
}

const TYPES: Readonly<Record<string, Inode['type']>> = {
  f: 'file',
  d: 'directory',
  l: 'symlink',
  b: 'block',
  c: 'character',
  p: 'fifo',
};

/** GNU find. Siblings are visited in byte order; the real order is the one of the directory and not defined. */
export function find(context: CommandContext): number {
  const words = context.argv.slice(1);
  const follow = words[0] === '-H' || words[0] === '-L' ? context.notNative(words[0]) : false;
  if (words[0] === '-P') words.shift();
  const roots: ByteString[] = [];
  while (words[0] !== undefined && !/^(-|\(|!)/.test(words[0])) roots.push(words.shift() ?? '');
  const state = { pruned: false, status: 0 };
  const plan = new ExpressionParser(context, words, state).parse();
  for (const root of roots.length === 0 ? ['.'] : roots) {
    const inode = follow ? stat(context, root) : lstat(context, root);
    if (inode !== undefined)
      visit(context, plan, { path: root, root, absolute: absolute(context, root), depth: 0, inode }, state);
    else
      state.status = fail(
        context,
        `${quote(context, root)
          .replaceAll("'", '\u2018')
          .replace(/\u2018$/, '\u2019')}: ${missingReason(context, root)}`,
      );
  }
  return plan.finish() || state.status;
}

function visit(context: CommandContext, plan: Plan, current: Visit, state: { pruned: boolean }): void {
  context.step(1);
  const applies = current.depth >= plan.minDepth;
  state.pruned = false;
  if (applies && !plan.depthFirst) plan.test(current);
  if (current.inode.type === 'directory' && current.depth < plan.maxDepth && !(state.pruned && !plan.depthFirst)) {
    const names = context.tree.readdir(current.absolute);
    for (const name of names) {
      const path = joinPath(current.path, name);
      const full = joinPath(current.absolute, name);
      const inode = context.tree.lstat(full);
      const { root, depth } = current;
      if (inode !== undefined) visit(context, plan, { path, root, absolute: full, depth: depth + 1, inode }, state);
    }
  }
  if (applies && plan.depthFirst) plan.test(current);
}

class ExpressionParser {
  readonly #context: CommandContext;
  readonly #words: ByteString[];
  readonly #state: { pruned: boolean; status: number };
  #minDepth = 0;
  #maxDepth = Number.POSITIVE_INFINITY;
  #depthFirst = false;
  #acts = false;
  readonly #finishers: (() => number)[] = [];

  constructor(context: CommandContext, words: readonly ByteString[], state: { pruned: boolean; status: number }) {
    this.#context = context;
    this.#words = [...words];
    this.#state = state;
  }

  parse(): Plan {
    const expression: Test = this.#words.length === 0 ? () => true : this.#or();
    if (this.#words.length > 0) this.#context.notNative(`expression at ${this.#words[0] ?? ''}`);
    const acts = this.#acts;
    const test: Test = (current) => {
      const result = expression(current);
      if (!acts && result) this.#context.stdout(`${current.path}\n`);
      return result;
    };
    const finish = (): number => this.#finishers.reduce((status, finisher) => finisher() || status, 0);
    return { test, minDepth: this.#minDepth, maxDepth: this.#maxDepth, depthFirst: this.#depthFirst, finish };
  }

  #or(): Test {
    let left = this.#and();
    while (this.#words[0] === '-o' || this.#words[0] === '-or') {
      this.#words.shift();
      const [first, second] = [left, this.#and()];
      left = (current) => first(current) || second(current);
    }
    return left;
  }

  #and(): Test {
    let left = this.#not();
    for (;;) {
      const word = this.#words[0];
      if (word === undefined || word === ')' || word === '-o' || word === '-or') return left;
      if (word === '-a' || word === '-and') this.#words.shift();
      const [first, second] = [left, this.#not()];
      left = (current) => first(current) && second(current);
    }
  }

  #not(): Test {
    const word = this.#words.shift();
    if (word === '!' || word === '-not') {
      const inner = this.#not();
      return (current) => !inner(current);
    }
    if (word === '(') {
      const inner = this.#or();
      if (this.#words.shift() !== ')') this.#context.notNative('parentheses');
      return inner;
    }
    return this.#primary(word ?? this.#context.notNative('expression'));
  }

  #argument(name: string): ByteString {
    return this.#words.shift() ?? this.#context.notNative(`${name} without its argument`);
  }

  #number(name: string): number {
    const text = this.#argument(name);
    return /^[0-9]{1,6}$/.test(text) ? Number(text) : this.#context.notNative(`${name} ${text}`);
  }

  #primary(name: string): Test {
    switch (name) {
      case '-maxdepth':
        this.#maxDepth = this.#number(name);
        return () => true;
      case '-mindepth':
        this.#minDepth = this.#number(name);
        return () => true;
      case '-depth':
        this.#depthFirst = true;
        return () => true;
      case '-xdev':
      case '-mount':
      case '-true':
        return () => true;
      case '-false':
        return () => false;
      case '-name':
      case '-iname':
      case '-path':
      case '-wholename':
        return this.#pattern(name);
      case '-regex': {
        const matches = compileWholePathRegex(this.#context, this.#argument(name));
        return ({ path }) => matches(path);
      }
      case '-type': {
        const type = TYPES[this.#argument(name)] ?? this.#context.notNative('-type');
        return ({ inode }) => inode.type === type;
      }
      case '-perm':
        return permissionTest(this.#context, this.#argument(name));
      case '-user': {
        const user = this.#argument(name);
        const uid = findUser(this.#context, user)?.uid ?? this.#context.notNative(`-user ${user}`);
        return ({ inode }) => inode.uid === uid;
      }
      case '-group': {
        const group = this.#argument(name);
        const gid = findGroup(this.#context, group) ?? this.#context.notNative(`-group ${group}`);
        return ({ inode }) => inode.gid === gid;
      }
      case '-uid':
      case '-gid': {
        const id = this.#number(name);
        return ({ inode }) => (name === '-uid' ? inode.uid : inode.gid) === id;
      }
      case '-empty':
        return ({ inode, absolute: path }) =>
          inode.type === 'directory'
            ? this.#context.tree.readdir(path).length === 0
            : inode.type === 'file' && inode.size === 0;
      case '-links':
      case '-lname':
        return this.#context.notNative(name);
      default:
        return this.#action(name);
    }
  }

  #pattern(name: string): Test {
    const text = this.#argument(name);
    const ignoreCase = name === '-iname';
    const compiled = compilePattern(ignoreCase ? text.toLowerCase() : text);
    const whole = name === '-path' || name === '-wholename';
    return ({ path }) => {
      const subject = whole ? path : basename(path);
      return matchesPattern(compiled, ignoreCase ? subject.toLowerCase() : subject);
    };
  }

  #action(name: string): Test {
    if (name === '-prune') {
      return () => {
        this.#state.pruned = true;
        return true;
      };
    }
    this.#acts = true;
    switch (name) {
      case '-print':
      case '-print0':
        return ({ path }) => {
          this.#context.stdout(path + (name === '-print' ? '\n' : '\0'));
          return true;
        };
      case '-printf': {
        const format = compilePrintFormat(this.#context, this.#argument(name));
        return (current) => {
          this.#context.stdout(format(current));
          return true;
        };
      }
      case '-quit':
        return this.#context.notNative(name);
      case '-delete':
        this.#depthFirst = true;
        return (current) => this.#delete(current);
      case '-exec':
        return this.#exec();
      default:
        return this.#context.notNative(`expression ${name}`);
    }
  }

  #delete({ path, absolute: full, inode }: Visit): boolean {
    if (path === '.') return true;
    if (inode.type === 'directory' && this.#context.tree.readdir(full).length > 0) {
      this.#state.status = fail(this.#context, `cannot delete ${quote(this.#context, path)}: Directory not empty`);
      return false;
    }
    this.#context.tree.remove(full);
    return true;
  }

  #exec(): Test {
    const command: ByteString[] = [];
    for (;;) {
      const word = this.#argument('-exec');
      if (word === ';') break;
      if (word === '+' && command.at(-1) === '{}') return this.#execAll(command.slice(0, -1));
      command.push(word);
    }
    return ({ path }) => {
      const argv = command.map((word) => word.replaceAll('{}', () => path));
      return this.#context.run(argv, undefined, { inherit: true }).status === 0;
    };
  }

  #execAll(command: readonly ByteString[]): Test {
    if (command.some((word) => word.includes('{}'))) this.#context.notNative('-exec with several {}');
    const paths: ByteString[] = [];
    this.#finishers.push(() => {
      if (paths.length === 0) return 0;
      if (paths.join(' ').length > 100_000) this.#context.notNative('-exec with very many names');
      return this.#context.run([...command, ...paths], undefined, { inherit: true }).status === 0 ? 0 : 1;
    });
    return ({ path }) => {
      paths.push(path);
      return true;
    };
  }
}
