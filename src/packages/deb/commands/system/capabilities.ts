import type { ByteString } from '../../../../core/bytes.ts';
import { absolute, stat } from '../../../script/commands/paths.ts';
import type { CommandContext } from '../../../script/types.ts';

/** In the order of their numbers (linux/capability.h). */
const NAMES = [
  ...['chown', 'dac_override', 'dac_read_search', 'fowner', 'fsetid', 'kill', 'setgid', 'setuid', 'setpcap'],
  ...['linux_immutable', 'net_bind_service', 'net_broadcast', 'net_admin', 'net_raw', 'ipc_lock', 'ipc_owner'],
  ...['sys_module', 'sys_rawio', 'sys_chroot', 'sys_ptrace', 'sys_pacct', 'sys_admin', 'sys_boot', 'sys_nice'],
  ...['sys_resource', 'sys_time', 'sys_tty_config', 'mknod', 'lease', 'audit_write', 'audit_control', 'setfcap'],
  ...['mac_override', 'mac_admin', 'syslog', 'wake_alarm', 'block_suspend', 'audit_read', 'perfmon', 'bpf'],
  'checkpoint_restore',
].map((name) => `cap_${name}`);

const ATTRIBUTE = 'security.capability';
const REVISION_2 = 0x02000000;
const EFFECTIVE = 0x000001;

/** `setcap [-q] CAPABILITIES FILE` and `setcap -r FILE` for one clause of cap_from_text(3): `cap_net_raw,cap_kill+ep`. */
export function setcap(context: CommandContext): number {
  const words = context.argv.slice(1).filter((word) => word !== '-q');
  const [text = '', path = ''] = words;
  if (words.length !== 2 || path === '') return context.notNative(words.join(' '));
  const value = text === '-r' ? undefined : encode(context, text);
  const inode = stat(context, path);
  if (inode?.type !== 'file' || context.tree.lstat(absolute(context, path))?.type === 'symlink') {
    return context.notNative(`${path} is no regular file`);
  }
  if (value === undefined && !inode.xattrs.has(ATTRIBUTE)) return context.notNative(`${path} has no capabilities`);
  context.tree.setMetadata(absolute(context, path), { xattrs: new Map([[ATTRIBUTE, value]]) });
  return 0;
}

/** The attribute of revision 2: flags, then permitted and inheritable sets in two halves, little endian. */
function encode(context: CommandContext, text: ByteString): Uint8Array {
  const match = /^(cap_[a-z_]+(?:,cap_[a-z_]+)*)[+=]([eip]+)$/.exec(text.toLowerCase());
  const [, names = '', flags = ''] = match ?? context.notNative(`capabilities ${text}`);
  let permitted = 0n;
  for (const name of names.split(',')) {
    const number = NAMES.indexOf(name);
    if (number < 0) context.notNative(`capability ${name}`);
    permitted |= 1n << BigInt(number);
  }
  const inheritable = flags.includes('i') ? permitted : 0n;
  if (!flags.includes('p')) permitted = 0n;
  // The effective bit stands for all: it is refused for capabilities that are neither permitted nor inheritable.
  if (flags.includes('e') && permitted === 0n && inheritable === 0n) context.notNative(`capabilities ${text}`);
  const bytes = Buffer.alloc(20);
  bytes.writeUInt32LE((REVISION_2 | (flags.includes('e') ? EFFECTIVE : 0)) >>> 0, 0);
  for (const half of [0, 1]) {
    const shift = BigInt(32 * half);
    bytes.writeUInt32LE(Number((permitted >> shift) & 0xffffffffn), 4 + 8 * half);
    bytes.writeUInt32LE(Number((inheritable >> shift) & 0xffffffffn), 8 + 8 * half);
  }
  return new Uint8Array(bytes);
}

/** `getcap FILE…` of files without capabilities prints nothing. */
export function getcap(context: CommandContext): number {
  const paths = context.argv.slice(1);
  for (const path of paths) {
    const inode = path.startsWith('-') ? undefined : stat(context, path);
    if (inode === undefined || inode.xattrs.has(ATTRIBUTE)) return context.notNative(path);
  }
  return paths.length > 0 ? 0 : context.notNative('no file');
}
