import type { ByteString } from '../../../../core/bytes.ts';
import type { CommandContext } from '../../types.ts';
import { parseOptions } from '../options.ts';
import { splitLines } from '../paths.ts';
import { resolveCommandPath } from './which.ts';

const MAX_COMMAND = 100_000;

/** GNU xargs: words of standard input as arguments of one command line, or of several with -n and -I. */
export function xargs(context: CommandContext): number {
  const options = parseOptions(
    context,
    {
      ...{ r: 'no-run-if-empty', '0': 'null', 'n:': 'max-args', 'I:': '', 'd:': 'delimiter', t: 'verbose' },
      ...{ 's:': 'max-chars', 'show-limits': '' },
    },
    true,
  );
  if (options.has('show-limits')) context.stderr(describeLimits(context.environment));
  const command = options.operands.length === 0 ? ['echo'] : options.operands;
  const replace = options.value('I');
  const items = readItems(context, options.has('0'), options.value('d'), replace !== undefined);
  if (options.has('t')) context.notNative('-t');
  const batches: (readonly ByteString[])[] = [];
  if (replace !== undefined) {
    if (options.has('n')) context.notNative('-I with -n');
    for (const item of items)
      batches.push(command.map((word, index) => (index === 0 ? word : word.replaceAll(replace, () => item))));
  } else {
    const size = options.value('n');
    if (size !== undefined && !/^[1-9][0-9]{0,5}$/.test(size)) context.notNative(`-n ${size}`);
    const count = size === undefined ? Math.max(items.length, 1) : Number(size);
    for (let index = 0; index < items.length; index += count)
      batches.push([...command, ...items.slice(index, index + count)]);
    if (items.length === 0 && !options.has('r')) batches.push(command);
  }
  let status = 0;
  const limit = readMaxChars(context, options.value('s'));
  for (const argv of batches) {
    // Each word counts with its terminator. What would have to be split is refused.
    if (argv.join('\0').length + 1 > limit) context.notNative('very long command line');
    const result = context.run(argv, '', { inherit: true }).status;
    if (result === 126 || result === 127) return result;
    if (result === 255) return 124;
    if (result !== 0) status = 123;
  }
  return status;
}

/** `-s`: with more than the kernel takes xargs warns and goes on with less. */
function readMaxChars(context: CommandContext, value: ByteString | undefined): number {
  if (value === undefined) return MAX_COMMAND;
  if (!/^[1-9][0-9]{0,6}$/.test(value) || Number(value) > usableLength(context.environment)) {
    return context.notNative(`-s ${value}`);
  }
  return Math.min(Number(value), MAX_COMMAND);
}

/** A quarter of the default stack limit of 8 MiB (execve(2)), less what POSIX says to leave free. */
const ARGUMENT_MAX = 8 * 1024 * 1024 * 0.25;
const HEADROOM = 2048;

function environmentLength(environment: ReadonlyMap<string, ByteString>): number {
  return [...environment].reduce((sum, [name, value]) => sum + name.length + value.length + 2, 0);
}

/** findutils takes the environment off twice. */
function usableLength(environment: ReadonlyMap<string, ByteString>): number {
  return ARGUMENT_MAX - HEADROOM - 2 * environmentLength(environment);
}

/** xargs/xargs.c of findutils, with standard input that is no terminal. */
function describeLimits(environment: ReadonlyMap<string, ByteString>): string {
  const taken = environmentLength(environment);
  return [
    `Your environment variables take up ${taken} bytes`,
    `POSIX upper limit on argument length (this system): ${ARGUMENT_MAX - HEADROOM - taken}`,
    'POSIX smallest allowable upper limit on argument length (all systems): 4096',
    `Maximum length of command we could actually use: ${usableLength(environment)}`,
    'Size of command buffer we are actually using: 131072',
    'Maximum parallelism (--max-procs must be no greater): 2147483647',
    '',
  ].join('\n');
}

function readItems(
  context: CommandContext,
  nul: boolean,
  delimiter: ByteString | undefined,
  lines: boolean,
): ByteString[] {
  const text = context.stdin;
  if (nul || delimiter === '\\0')
    return text.split('\0').filter((item, index, all) => index < all.length - 1 || item !== '');
  if (delimiter !== undefined) {
    const byte = delimiter === '\\n' ? '\n' : delimiter;
    if (byte.length !== 1 || byte === '\\') return context.notNative(`delimiter ${delimiter}`);
    return text.split(byte).filter((item, index, all) => index < all.length - 1 || item !== '');
  }
  if (/['"\\]/.test(text)) return context.notNative('quotes in the input');
  if (lines)
    return splitLines(text)
      .map((line) => line.replace(/^[ \t]+/, ''))
      .filter((line) => line !== '');
  if (/[\v\f\r\0]/.test(text)) return context.notNative('unusual white space in the input');
  return text.split(/[ \t\n]+/).filter((item) => item !== '');
}

/** env(1): changed environment, then a command. Listing the environment is not native. */
export function env(context: CommandContext): number {
  const options = parseOptions(context, { i: 'ignore-environment', 'u:': 'unset' }, true);
  const environment = new Map(options.has('i') ? [] : context.environment);
  for (const name of options.values('u')) environment.delete(name);
  const operands = [...options.operands];
  for (let word = operands[0]; word?.includes('=') === true; word = operands[0]) {
    const equals = word.indexOf('=');
    environment.set(word.slice(0, equals), word.slice(equals + 1));
    operands.shift();
  }
  if (operands.length === 0) return context.notNative('without a command');
  if (environment.get('PATH') === undefined) context.notNative('without PATH');
  return context.run(operands, undefined, { environment, inherit: true }).status;
}

/** which(1) of debianutils. */
export function which(context: CommandContext): number {
  const options = parseOptions(context, { a: '' }, true);
  let status = options.operands.length === 0 ? 1 : 0;
  for (const name of options.operands) {
    const paths = resolveCommandPath(context, name);
    const shown = options.has('a') ? paths : paths.slice(0, 1);
    for (const path of shown) context.stdout(`${path}\n`);
    if (paths.length === 0) status = 1;
  }
  return status;
}
