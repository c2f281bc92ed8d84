import { createHash } from 'node:crypto';
import { byteStringToBytes } from '../../../../core/bytes.ts';
import { readGroups, readPasswd } from '../../shell/files.ts';
import type { CommandContext } from '../../types.ts';
import { groupName, userName } from '../files/owner-names.ts';
import { parseOptions } from '../options.ts';
import { fail, quote, readInput } from '../paths.ts';
import { usesUtc } from './time-zone.ts';

/** A command without output that always ends with `status`: nothing runs and nothing is mounted while an image is patched. */
export function constant(status: number): (context: CommandContext) => number {
  return () => status;
}

export function id(context: CommandContext): number {
  const options = parseOptions(context, { u: 'user', g: 'group', n: 'name', G: 'groups', r: 'real' });
  const [name, extra] = options.operands;
  if (extra !== undefined) return context.notNative('several users');
  const users = readPasswd(context.tree);
  const user = name === undefined ? users.find((entry) => entry.uid === 0) : users.find((entry) => entry.name === name);
  if (user === undefined) {
    if (name === undefined || /^[0-9]+$/.test(name)) return context.notNative(`user ${name ?? 'root'}`);
    return fail(
      context,
      `${quote(context, name)
        .replaceAll("'", '\u2018')
        .replace(/\u2018$/, '\u2019')}: no such user`,
    );
  }
  const groups = readGroups(context.tree);
  const members = groups
    .filter((group) => group.members.includes(user.name) && group.gid !== user.gid)
    .map(({ gid }) => gid);
  const all = [
    user.gid,
    ...(name === undefined && members.length > 0 ? context.notNative('supplementary groups of root') : members),
  ];
  const named = options.has('n');
  if (options.has('u')) context.stdout(`${named ? user.name : user.uid}\n`);
  else if (options.has('g')) context.stdout(`${named ? groupName(context, user.gid) : user.gid}\n`);
  else if (options.has('G')) context.stdout(`${all.map((gid) => (named ? groupName(context, gid) : gid)).join(' ')}\n`);
  else {
    if (named) return context.notNative('-n alone');
    const list = all.map((gid) => `${gid}(${groupName(context, gid)})`).join(',');
    context.stdout(`uid=${user.uid}(${user.name}) gid=${user.gid}(${groupName(context, user.gid)}) groups=${list}\n`);
  }
  return 0;
}

export function whoami(context: CommandContext): number {
  if (context.argv.length > 1) context.notNative('arguments');
  context.stdout(`${userName(context, 0)}\n`);
  return 0;
}

/** `getent passwd` and `getent group` as far as /etc/passwd and /etc/group answer. */
export function getent(context: CommandContext): number {
  const [database, ...keys] = context.argv.slice(1);
  if (database !== 'passwd' && database !== 'group') return context.notNative(`database ${database ?? ''}`);
  const switchLine = new RegExp(`^${database}:[ \\t]*(.*)$`, 'm').exec(
    context.tree.readText('/etc/nsswitch.conf') ?? '',
  )?.[1];
  if (switchLine !== undefined && !/^(files|compat)( systemd)?[ \t]*$/.test(switchLine))
    context.notNative(`nsswitch ${switchLine}`);
  const entries =
    database === 'passwd'
      ? readPasswd(context.tree).map(({ name, uid, line }) => ({ name, number: uid, line }))
      : readGroups(context.tree).map(({ name, gid, line }) => ({ name, number: gid, line }));
  if (keys.length === 0) for (const { line } of entries) context.stdout(`${line}\n`);
  let status = 0;
  for (const key of keys) {
    const entry = entries.find(({ name, number }) => name === key || (/^[0-9]+$/.test(key) && number === Number(key)));
    if (entry === undefined) status = 2;
    else context.stdout(`${entry.line}\n`);
  }
  return status;
}

/**
 * The kernel of an image build is not known. It is Linux; `-r` answers a fixed version newer than any that a package of
 * a supported release asks for, so that results do not depend on the machine.
 */
export function uname(context: CommandContext): number {
  const options = parseOptions(context, { s: 'kernel-name', r: 'kernel-release', o: 'operating-system' });
  if (options.operands.length > 0 || options.order.length > 1) return context.notNative('several facts');
  const answers: Readonly<Record<string, string>> = { s: 'Linux', r: '6.12.0', o: 'GNU/Linux' };
  context.stdout(`${answers[options.order[0] ?? 's'] ?? ''}\n`);
  return 0;
}

/** The time is the source date, in UTC. */
export function date(context: CommandContext): number {
  const options = parseOptions(context, { u: 'utc', 'd:': 'date' });
  const [format] = options.operands;
  if (
    !(options.has('u') || usesUtc(context)) ||
    format === undefined ||
    !format.startsWith('+') ||
    options.operands.length > 1
  )
    return context.notNative('this form');
  const given = options.value('d');
  if (given !== undefined && !/^@[0-9]{1,11}$/.test(given)) return context.notNative(`date ${given}`);
  const seconds = given === undefined ? context.sourceDate : Number(given.slice(1));
  const iso = new Date(seconds * 1000).toISOString();
  const parts: Readonly<Record<string, string>> = {
    '%': '%',
    s: String(seconds),
    Y: iso.slice(0, 4),
    m: iso.slice(5, 7),
    d: iso.slice(8, 10),
    H: iso.slice(11, 13),
    M: iso.slice(14, 16),
    S: iso.slice(17, 19),
    F: iso.slice(0, 10),
    T: iso.slice(11, 19),
    y: iso.slice(2, 4),
  };
  const text = format
    .slice(1)
    .replace(/%(.?)/gs, (_, letter: string) => parts[letter] ?? context.notNative(`format ${format}`));
  context.stdout(`${text}\n`);
  return 0;
}

/** md5sum, sha256sum and their like; checking lists with -c needs the listed files only. */
export function digest(algorithm: 'md5' | 'sha1' | 'sha256' | 'sha512'): (context: CommandContext) => number {
  return (context) => {
    const options = parseOptions(context, { b: 'binary', t: 'text' });
    let status = 0;
    for (const operand of options.operands.length === 0 ? ['-'] : options.operands) {
      const input = readInput(context, operand);
      if ('error' in input) {
        status = fail(context, `${operand}: ${input.error}`);
        continue;
      }
      if (/[\\\n\r]/.test(operand)) context.notNative('file name that is escaped');
      const hash = createHash(algorithm).update(byteStringToBytes(input.text)).digest('hex');
      context.stdout(`${hash} ${options.has('b') ? '*' : ' '}${operand}\n`);
    }
    return status;
  };
}

export function seq(context: CommandContext): number {
  const operands = context.argv.slice(1);
  if (
    operands.length === 0 ||
    operands.length > 3 ||
    operands.some((word) => !/^-?[0-9]{1,9}$/.test(word) || /^-?0[0-9]/.test(word))
  )
    return context.notNative('operands');
  const numbers = operands.map(Number);
  const first = numbers.length > 1 ? (numbers[0] ?? 1) : 1;
  const step = numbers.length > 2 ? (numbers[1] ?? 1) : 1;
  const last = numbers.at(-1) ?? 1;
  if (step === 0) return context.notNative('zero increment');
  for (let value = first; step > 0 ? value <= last : value >= last; value += step) {
    context.step(1);
    context.stdout(`${value}\n`);
  }
  return 0;
}

export function echoCommand(context: CommandContext): number {
  const words = context.argv.slice(1);
  if (/^-[neE]+$/.test(words[0] ?? '') || words[0] === '--help' || words[0] === '--version')
    context.notNative(`option ${words[0] ?? ''}`);
  context.stdout(`${words.join(' ')}\n`);
  return 0;
}
