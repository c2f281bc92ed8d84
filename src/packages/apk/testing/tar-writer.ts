import { createHash } from 'node:crypto';

/** A member as abuild-tar writes it: with owner names, and with the checksum that apk records. */
export interface MadeMember {
  readonly name: string;
  readonly type?: 'file' | 'directory' | 'symlink' | 'hardlink' | 'fifo' | 'character';
  readonly content?: string | Uint8Array;
  readonly target?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly uname?: string;
  readonly gname?: string;
  readonly mtime?: number;
  readonly xattrs?: Readonly<Record<string, Uint8Array>>;
}

const FLAGS = { file: '0', hardlink: '1', symlink: '2', character: '3', directory: '5', fifo: '6' } as const;

/** One tar segment; `end` adds the two zero blocks that only the last segment of a package has. */
export function tarSegment(members: readonly MadeMember[], end: boolean): Buffer {
  const blocks = members.flatMap((member) => {
    const data = Buffer.from(member.content ?? '');
    return [...paxHeader(member, data), header(member, data.length), padded(data)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(end ? 1024 : 0)]);
}

function header(member: MadeMember, size: number, flag: string = FLAGS[member.type ?? 'file']): Buffer {
  const block = Buffer.alloc(512);
  const directory = member.type === 'directory';
  const octal = (value: number, at: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  block.write(directory ? `${member.name}/` : member.name, 0, 100, 'latin1');
  octal(member.mode ?? (directory ? 0o755 : member.type === 'symlink' ? 0o777 : 0o644), 100, 8);
  octal(member.uid ?? 0, 108, 8);
  octal(member.gid ?? 0, 116, 8);
  octal(size, 124, 12);
  octal(member.mtime ?? 1_600_000_000, 136, 12);
  block.fill(' ', 148, 156);
  block.write(flag, 156, 'latin1');
  block.write(member.target ?? '', 157, 100, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(member.uname ?? 'root', 265, 32, 'latin1');
  block.write(member.gname ?? 'root', 297, 32, 'latin1');
  octal(member.type === 'character' ? 1 : 0, 329, 8);
  octal(member.type === 'character' ? 3 : 0, 337, 8);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function paxHeader(member: MadeMember, data: Buffer): Buffer[] {
  const records: [string, Uint8Array][] = Object.entries(member.xattrs ?? {}).map(([name, value]) => [
    `SCHILY.xattr.${name}`,
    value,
  ]);
  const type = member.type ?? 'file';
  const checked = type === 'symlink' ? Buffer.from(member.target ?? '') : type === 'file' ? data : undefined;
  if (checked !== undefined && !member.name.startsWith('.')) {
    records.push(['APK-TOOLS.checksum.SHA1', Buffer.from(createHash('sha1').update(checked).digest('hex'))]);
  }
  if (records.length === 0) return [];
  const content = Buffer.concat(records.map(([key, value]) => paxRecord(key, value)));
  return [header({ name: 'PaxHeaders' }, content.length, 'x'), padded(content)];
}

function paxRecord(key: string, value: Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`, 'latin1'), value, Buffer.from('\n')]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function padded(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}
