import type { CommandContext } from '../../../script/types.ts';

/** ucf's `perl -nle 'print "\Q$_\E\n"'`: each line with its special characters escaped. Nothing else of Perl. */
export function perl(context: CommandContext): number {
  const [option, program, ...rest] = context.argv.slice(1);
  if (option !== '-nle' || program !== 'print "\\Q$_\\E\\n"' || rest.length > 0) {
    return context.notNative('a program in Perl');
  }
  const text = context.stdin;
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  for (const line of lines) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII
    if (/[^\x00-\x7f]/.test(line)) return context.notNative('a line that is not ASCII');
    context.stdout(`${line.replace(/[^A-Za-z0-9_]/g, '\\$&')}\n\n`);
  }
  return 0;
}
