import type { CommandContext, CommandTable, EmulatedCommand } from '../../script/types.ts';

/** `Fri Nov 20 13:36:31 UTC 2026`: what date(1) prints in the C locale. */
const PRINTED = /^(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat) ([A-Z][a-z]{2}) ([ \d]\d) (\d\d:\d\d:\d\d) UTC (\d{4})$/;

/**
 * The forms of realpath(1) and date(1) that tzdata's scripts use on every upgrade, for what the shared commands refuse:
 * `realpath -m -s PATH` and the plain date, whose output only goes to the terminal.
 */
export function tzdataCommands(shared: CommandTable): CommandTable {
  return new Map<string, EmulatedCommand>([
    ['realpath', (context) => (isLexical(context) ? printLexical(context) : delegate(shared, 'realpath', context))],
    ['date', (context) => printDate(context) ?? delegate(shared, 'date', context)],
  ]);
}

function delegate(shared: CommandTable, name: string, context: CommandContext): number {
  const command = shared.get(name);
  return command === undefined ? context.notNative(name) : command(context);
}

function isLexical({ argv }: CommandContext): boolean {
  return argv.length === 4 && argv[1] === '-m' && argv[2] === '-s' && !argv[3]?.startsWith('-') && argv[3] !== '';
}

/** With -s nothing is looked up: `.`, `..` and repeated slashes are resolved in the text. */
function printLexical(context: CommandContext): number {
  const operand = context.argv[3] ?? '';
  const parts: string[] = [];
  for (const part of (operand.startsWith('/') ? operand : `${context.cwd}/${operand}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  context.stdout(`/${parts.join('/')}\n`);
  return 0;
}

/** `date` and `date -d "<output of date>"` in UTC; undefined for every other form. */
function printDate(context: CommandContext): number | undefined {
  const [, option, given, ...rest] = context.argv;
  const seconds = option === undefined ? context.sourceDate : option === '-d' ? parsePrinted(given ?? '') : undefined;
  if (seconds === undefined || rest.length > 0 || !isUtc(context)) return undefined;
  const [, weekday, day, month, year, time] =
    /^(\w{3}), (\d\d) (\w{3}) (\d{4}) (\S+) GMT$/.exec(new Date(seconds * 1000).toUTCString()) ?? [];
  context.stdout(`${weekday} ${month} ${day?.replace(/^0/, ' ')} ${time} UTC ${year}\n`);
  return 0;
}

function parsePrinted(text: string): number | undefined {
  const match = PRINTED.exec(text);
  if (match === null) return undefined;
  const milliseconds = Date.parse(`${match[2]?.trim()} ${match[1]} ${match[4]} ${match[3]} UTC`);
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}

function isUtc(context: CommandContext): boolean {
  const locale = context.environment.get('LC_ALL') ?? context.environment.get('LANG') ?? 'C';
  if (locale !== 'C') return false;
  const zone = context.environment.get('TZ');
  if (zone !== undefined) return zone === 'UTC0' || zone === 'UTC';
  const target = context.tree.realpath('/etc/localtime');
  return target === undefined || /\/(?:UTC|UCT|Universal|Zulu)$/.test(target);
}
