import type { ByteString } from '../../../../core/bytes.ts';
import type { CommandContext } from '../../types.ts';
import { parseOptions } from '../options.ts';
import { readInput } from '../paths.ts';
import { parseAwk } from './parser.ts';
import { AwkRun } from './run.ts';

/** What mawk, gawk and original-awk do alike; which of them the image has does not matter then. */
export function awk(context: CommandContext): number {
  const options = parseOptions(context, { 'F:': '', 'v:': '', 'f:': '' }, true);
  const operands = [...options.operands];
  const refuse = (reason: string): never => context.notNative(reason);
  if (options.has('f')) return refuse('program file');
  const program = operands.shift() ?? refuse('missing program');
  if (operands.some((operand) => /^[A-Za-z_][A-Za-z0-9_]*=/.test(operand))) return refuse('assignment among the files');
  const assignments = options.values('v').map((text) => readAssignment(text, refuse));
  const separator = options.value('F');
  if (separator !== undefined) assignments.unshift(['FS', fieldSeparator(separator, refuse)]);
  const read = (): ByteString => {
    if (operands.length === 0) return context.stdin;
    const texts = operands.map((operand) => {
      const input = readInput(context, operand);
      // Implementations differ in their messages and in the status.
      return 'error' in input ? refuse(`file ${operand}: ${input.error}`) : input.text;
    });
    return texts.map((text) => (text === '' || text.endsWith('\n') ? text : `${text}\n`)).join('');
  };
  return new AwkRun(context, parseAwk(program, refuse), assignments).run(read);
}

function readAssignment(text: ByteString, refuse: (reason: string) => never): [string, ByteString] {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)=([\s\S]*)$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined || match[2].includes('\\')) return refuse(`-v ${text}`);
  return [match[1], match[2]];
}

function fieldSeparator(text: ByteString, refuse: (reason: string) => never): ByteString {
  if (text === '\\t') return '\t';
  return text === 't' || text === '' || text.includes('\\') ? refuse(`-F ${text}`) : text;
}
