import { type ByteString, byteStringToBytes } from '../../../../core/bytes.ts';
import type { CommandContext } from '../../types.ts';
import { parseOptions } from '../options.ts';
import { absolute, fail, lstat, readInput, requireSingleBytes, usesMultibyteLocale } from '../paths.ts';
import { parseSed } from './parse.ts';
import type { SedCommand, SedInput, SedResult } from './program.ts';
import { runSed } from './run.ts';

/** GNU sed 4. */
export function sed(context: CommandContext): number {
  const { argv, inPlace } = takeInPlace(context);
  const renamed = Object.create(context, { argv: { value: argv } }) as CommandContext;
  const options = parseOptions(renamed, {
    n: 'quiet',
    silent: '',
    'e:': 'expression',
    'f:': 'file',
    E: 'regexp-extended',
    r: '',
    s: 'separate',
    u: 'unbuffered',
  });
  const operands = [...options.operands];
  const scripts = [...options.values('e')];
  if (options.has('f')) {
    if (scripts.length > 0 || options.values('f').length > 1) context.notNative('-f with other scripts');
    const input = readInput(context, options.value('f') ?? '');
    scripts.push('text' in input ? input.text : context.notNative('script file'));
  }
  if (scripts.length === 0) scripts.push(operands.shift() ?? context.notNative('missing script'));
  const script = scripts.join('\n');
  requireSingleBytes(context, script);
  const quiet = options.has('n') || options.has('silent');
  const extended = options.has('E') || options.has('r');
  const parse = (by: CommandContext = context): SedCommand[] => parseSed(by, script, extended);
  if (inPlace === undefined && operands.length === 0)
    return filterInput(context, `${extended} ${script}`, parse, quiet);
  parse();
  if (inPlace !== undefined) return editFiles(context, operands, inPlace, parse, quiet);
  if (options.has('s') && operands.length > 1) return context.notNative('-s');
  return filter(context, operands, parse(), quiet);
}

/**
 * What came out for a program and an input: scripts put the same list through the same filter for each of its items
 * (ca-certificates does it 140 times). sed has no other input or effect here, as there is no command for files.
 */
const FILTERED = new Map<string, { readonly result: SedResult; readonly steps: number }>();
const REMEMBERED = 8;
const REMEMBERED_BYTES = 64 * 1024;

function filterInput(
  context: CommandContext,
  program: ByteString,
  parse: (by: CommandContext) => SedCommand[],
  quiet: boolean,
): number {
  const key = [usesMultibyteLocale(context), quiet, program, context.stdin].join('\0');
  const known = FILTERED.get(key);
  // Steps are spent as if it were done, so that the end of the budget does not depend on what is remembered.
  if (known !== undefined) context.step(known.steps);
  const { result } = known ?? remember(key, context, parse, quiet);
  context.stdout(result.output);
  return result.status;
}

function remember(key: string, context: CommandContext, parse: (by: CommandContext) => SedCommand[], quiet: boolean) {
  let steps = 0;
  const step = (count: number): void => {
    steps += count;
    context.step(count);
  };
  const counting = Object.create(context, { step: { value: step } }) as CommandContext;
  const result = runSed(counting, parse(counting), toLines(context.stdin), quiet);
  const entry = { result, steps };
  if (key.length > REMEMBERED_BYTES) return entry;
  const [oldest] = FILTERED.keys();
  if (FILTERED.size >= REMEMBERED && oldest !== undefined) FILTERED.delete(oldest);
  FILTERED.set(key, entry);
  return entry;
}

/** `-i[SUFFIX]` and `--in-place[=SUFFIX]`, whose value is optional, alone or after other letters. */
function takeInPlace(context: CommandContext): { argv: ByteString[]; inPlace: ByteString | undefined } {
  const argv: ByteString[] = [];
  let inPlace: ByteString | undefined;
  for (const [index, word] of context.argv.entries()) {
    const previous = context.argv[index - 1] ?? '';
    const match = /^(?:-([nErsu]*)i|--in-place(?:=|$))(.*)$/s.exec(word);
    if (match === null || index === 0 || /^-[nErsu]*[ef]$/.test(previous)) argv.push(word);
    else {
      inPlace = match[2] ?? '';
      if ((match[1] ?? '') !== '') argv.push(`-${match[1]}`);
    }
  }
  return { argv, inPlace };
}

function toLines(text: ByteString): SedInput {
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  return [
    ...lines.map((line) => ({ text: line, newline: true })),
    ...(last === '' ? [] : [{ text: last, newline: false }]),
  ];
}

function filter(
  context: CommandContext,
  operands: readonly ByteString[],
  commands: readonly SedCommand[],
  quiet: boolean,
): number {
  let failed = false;
  const lines = (operands.length === 0 ? ['-'] : operands).flatMap((operand) => {
    const input = readInput(context, operand);
    if ('text' in input) return [...toLines(input.text)];
    failed = true;
    if (input.error === 'Is a directory') context.notNative(`reading the directory ${operand}`);
    context.stderr(`sed: can't read ${operand}: ${input.error}\n`);
    return [];
  });
  // Between files a missing newline is added.
  const joined = lines.map((line, index) => (index < lines.length - 1 ? { ...line, newline: true } : line));
  const result = runSed(context, commands, joined, quiet);
  context.stdout(result.output);
  return result.quit && result.status !== 0 ? result.status : failed ? 2 : result.status;
}

/** Each file is edited on its own and replaced by a new one with the same owner and mode. */
function editFiles(
  context: CommandContext,
  operands: readonly ByteString[],
  suffix: ByteString,
  parse: () => SedCommand[],
  quiet: boolean,
): number {
  if (suffix.includes('*') || suffix.includes('/')) context.notNative(`suffix ${suffix}`);
  if (operands.length === 0) {
    fail(context, 'no input files');
    return 4;
  }
  let status = 0;
  for (const operand of operands) {
    const inode = lstat(context, operand);
    const path = absolute(context, operand);
    if (inode === undefined) {
      fail(context, `can't read ${operand}: No such file or directory`);
      status = 2;
      continue;
    }
    if (inode.type === 'symlink') context.notNative(`-i on the link ${operand}`);
    if (inode.type !== 'file') {
      fail(context, `couldn't edit ${operand}: not a regular file`);
      // It ends here, whatever files follow.
      return 4;
    }
    const result = runSed(context, parse(), toLines(context.tree.readText(path) ?? ''), quiet);
    if (result.quit) context.notNative('-i with a command that may quit');
    if (suffix !== '') context.tree.rename(path, path + suffix);
    const { mode, uid, gid } = inode;
    context.tree.writeFile(path, byteStringToBytes(result.output), { mode, uid, gid, mtime: context.sourceDate });
  }
  return status;
}
