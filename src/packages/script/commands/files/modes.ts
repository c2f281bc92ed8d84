import type { ByteString } from '../../../../core/bytes.ts';
import type { CommandContext } from '../../types.ts';

const CLAUSE = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/;
const WHO: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 };
const SHIFT: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };

/** Whether a word can be a mode, so that `chmod -x` can be told from an option. */
export function isMode(text: ByteString): boolean {
  return /^[0-7]{1,5}$/.test(text) || text.split(',').every((clause) => CLAUSE.test(clause));
}

/** The mode that chmod(1) gives to something of mode `current` (GNU mode_adjust): octal or symbolic. */
export function changeMode(context: CommandContext, text: ByteString, current: number, isDirectory: boolean): number {
  if (/^[0-7]{1,5}$/.test(text)) {
    const mode = Number.parseInt(text, 8);
    // On directories only five digits clear setuid and setgid.
    return isDirectory && text.length < 5 ? mode | (current & 0o6000) : mode & 0o7777;
  }
  return text.split(',').reduce((mode, clause) => applyClause(context, clause, mode, isDirectory), current);
}

function applyClause(context: CommandContext, clause: ByteString, current: number, isDirectory: boolean): number {
  const match = CLAUSE.exec(clause);
  if (match === null) return context.notNative(`mode ${clause}`);
  const who = match[1] ?? '';
  const affected = who === '' ? 0o7777 : [...who].reduce((bits, letter) => bits | (WHO[letter] ?? 0), 0);
  const masked = who === '' ? affected & ~context.umask : affected;
  let mode = current;
  for (const [, operator = '', permissions = ''] of (match[2] ?? '').matchAll(/([-+=])([ugo]|[rwxXst]*)/g)) {
    const bits = permissionBits(permissions, mode, isDirectory) & masked;
    const special = isDirectory && !/s/.test(permissions) ? 0o6000 : 0;
    if (operator === '+') mode |= bits;
    else if (operator === '-') mode &= ~bits;
    else mode = (mode & ~(affected & ~special)) | bits;
  }
  return mode;
}

function permissionBits(permissions: string, mode: number, isDirectory: boolean): number {
  const shift = SHIFT[permissions];
  if (shift !== undefined) {
    const three = (mode >> shift) & 0o7;
    return (three << 6) | (three << 3) | three;
  }
  let bits = 0;
  for (const letter of permissions) {
    if (letter === 'r') bits |= 0o444;
    if (letter === 'w') bits |= 0o222;
    if (letter === 'x' || (letter === 'X' && (isDirectory || (mode & 0o111) !== 0))) bits |= 0o111;
    if (letter === 's') bits |= 0o6000;
    if (letter === 't') bits |= 0o1000;
  }
  return bits;
}
