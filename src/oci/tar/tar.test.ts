import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect, fromBytes } from '../../core/streams.ts';
import type { TarHeader } from './entry.ts';
import { readTar } from './read.ts';
import { readTarBuffer } from './read-buffer.ts';
import { type TarWriteEntry, writeTar } from './write.ts';

interface Plain extends Omit<TarHeader, 'offset' | 'uname' | 'gname'> {
  readonly data: Buffer;
}

function plain(header: TarHeader, bytes: Uint8Array): Plain {
  const { name, type, mode, uid, gid, size, mtime, linkName, device, xattrs } = header;
  return { name, type, mode, uid, gid, size, mtime, linkName, device, xattrs, data: Buffer.from(bytes) };
}

async function readAll(bytes: Uint8Array, chunk = bytes.length): Promise<Plain[]> {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += chunk) chunks.push(bytes.subarray(at, at + chunk));
  const entries: Plain[] = [];
  for await (const entry of readTar(fromBytes(...chunks), 'test')) {
    entries.push(plain(entry, await collect(entry.body(), 1 << 24, 'body')));
  }
  return entries;
}

const write = (entries: Iterable<TarWriteEntry>): Promise<Buffer> => collect(writeTar(entries), 1 << 28, 'archive');

const file = (name: string, data: Uint8Array, more: Partial<TarWriteEntry> = {}): TarWriteEntry => ({
  name,
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: 0,
  size: data.length,
  body: () => [data],
  ...more,
});

const byteName = fc
  .array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 300 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'));
const fileName = byteName.filter((name) => !name.endsWith('/'));
const metadata = fc.record({
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: fc.integer({ min: 0, max: 0xffffffff }),
  gid: fc.integer({ min: 0, max: 0xffffffff }),
  mtime: fc.integer({ min: -(2 ** 31), max: 2 ** 40 }),
  xattrs: fc
    .array(
      fc.tuple(
        fc.constantFrom('security.capability', 'user.a', 'user.\xff b'),
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
      ),
    )
    .map((pairs) => new Map(pairs)),
});
const entry: fc.Arbitrary<TarWriteEntry> = fc.oneof(
  fc.tuple(fileName, metadata, fc.uint8Array({ maxLength: 1500 })).map(([name, m, data]) => file(name, data, m)),
  fc.tuple(fileName, metadata).map(([name, m]) => ({ name, type: 'directory' as const, ...m })),
  fc
    .tuple(fileName, metadata, byteName, fc.constantFrom('symlink' as const, 'hardlink' as const))
    .map(([name, m, linkName, type]) => ({ name, type, linkName, ...m })),
  fc
    .tuple(
      fileName,
      metadata,
      fc.nat(2 ** 20),
      fc.nat(2 ** 20),
      fc.constantFrom('character' as const, 'block' as const),
    )
    .map(([name, m, major, minor, type]) => ({ name, type, device: { major, minor }, ...m })),
);

describe('round trip', () => {
  it('reads back what it wrote, whatever the chunks, streamed and in memory', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 8 }), fc.integer({ min: 1, max: 3000 }), async (entries, chunk) => {
        const bytes = await write(entries);
        const read = await readAll(bytes, chunk);
        expect(read).toEqual(readTarBuffer(bytes, 'test').map((member) => plain(member, member.data)));
        expect(read.map((one) => one.name)).toEqual(
          entries.map((one) => (one.type === 'directory' ? `${one.name}/` : one.name)),
        );
        for (const [index, one] of entries.entries()) {
          expect(read[index]).toMatchObject({ mode: one.mode, uid: one.uid, gid: one.gid, mtime: one.mtime });
          expect(read[index]?.linkName).toBe(one.linkName ?? '');
          expect(read[index]?.device).toEqual(one.device ?? { major: 0, minor: 0 });
          expect(read[index]?.xattrs).toEqual(one.xattrs);
        }
        expect(await write(entries)).toEqual(bytes);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps a capability byte for byte and uses PAX only where it is needed', async () => {
    const capability = Buffer.from('0100000281000000000000000000000000000000', 'hex');
    const bytes = await write([
      file('bin/plain', Buffer.from('x')),
      file('bin/caps', Buffer.from('y'), { xattrs: new Map([['security.capability', capability]]) }),
    ]);
    expect(bytes.length).toBe(512 * 2 + 512 * 4 + 1024);
    expect(bytes.includes(capability)).toBe(true);
    expect(readTarBuffer(bytes, 'test')[1]?.xattrs.get('security.capability')).toEqual(new Uint8Array(capability));
  });

  it('gives the data offset', async () => {
    const bytes = await write([file('a', Buffer.from('first')), file('b'.repeat(300), Buffer.from('second'))]);
    for await (const one of readTar(fromBytes(bytes), 'test')) {
      const data = bytes.subarray(one.offset, one.offset + one.size).toString();
      expect(data).toBe(one.name === 'a' ? 'first' : 'second');
    }
  });

  it('skips bodies that are not read, also when they span chunks', async () => {
    const bytes = await write([file('a', Buffer.alloc(5000, 1)), file('b', Buffer.alloc(3))]);
    const names: string[] = [];
    const chunks = Array.from({ length: Math.ceil(bytes.length / 700) }, (_, i) =>
      bytes.subarray(i * 700, i * 700 + 700),
    );
    for await (const one of readTar(fromBytes(...chunks), 'test')) names.push(one.name);
    expect(names).toEqual(['a', 'b']);
  });
});

describe('damaged archives', () => {
  it('refuses every truncation that is not at a member boundary', async () => {
    const bytes = await write([file('a', Buffer.from('data')), file('n'.repeat(200), Buffer.from('more'))]);
    for (let length = 1; length < bytes.length - 1024; length += 7) {
      const cut = bytes.subarray(0, length);
      const boundary = length % 512 === 0 && length === 1024;
      if (boundary) continue;
      await expect(readAll(cut)).rejects.toMatchObject({ code: 'TAR_INVALID' });
      expect(() => readTarBuffer(cut, 'test')).toThrowError(expect.objectContaining({ code: 'TAR_INVALID' }));
    }
  });

  it('refuses a wrong checksum, bad numbers and a lone zero block', async () => {
    const bytes = await write([file('a', Buffer.from('data'))]);
    const flipped = Buffer.from(bytes);
    flipped[0] = 0x62;
    expect(() => readTarBuffer(flipped, 'test')).toThrowError(/checksum/);
    const letters = Buffer.from(bytes);
    letters.write('zz', 124, 'latin1');
    expect(() => readTarBuffer(letters, 'test')).toThrowError(expect.objectContaining({ code: 'TAR_INVALID' }));
    expect(() => readTarBuffer(Buffer.concat([Buffer.alloc(512), bytes]), 'test')).toThrowError(/zero block/);
  });

  it('never fails in another way than with a code, whatever the bytes', async () => {
    const base = await write([
      file('p'.repeat(180), Buffer.from('data'), { uid: 2 ** 31 }),
      file('b', Buffer.from('x')),
    ]);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(base.length - 1),
        fc.integer({ min: 0, max: 255 }),
        fc.boolean(),
        async (at, byte, fix) => {
          const damaged = Buffer.from(base);
          damaged[at] = byte;
          if (fix) fixChecksum(damaged, Math.floor(at / 512) * 512);
          const memory = outcome(() => readTarBuffer(damaged, 'test').length);
          const streamed = await readAll(damaged, 600).then(
            (entries) => entries.length,
            (error: { code: string }) => error.code,
          );
          expect(streamed).toEqual(memory);
          if (typeof memory === 'string') expect(memory).toMatch(/^(TAR_INVALID|IMAGE_UNSUPPORTED|LIMIT_EXCEEDED)$/);
        },
      ),
      { numRuns: 500 },
    );
  });
});

function outcome(work: () => number): number | string {
  try {
    return work();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

function fixChecksum(bytes: Buffer, start: number): void {
  bytes.write('        ', start + 148, 'latin1');
  let sum = 0;
  for (let index = 0; index < 512; index++) sum += bytes[start + index] ?? 0;
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, start + 148, 'latin1');
}

const tarVersion = spawnSync('tar', ['--version']).stdout?.toString() ?? '';
const gnuTar = tarVersion.includes('GNU tar');

describe.skipIf(!gnuTar)('against GNU tar (Debian package tar)', () => {
  let dir = '';
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'suture-tar-'));
    const script = `set -e; mkdir -p root/sub; cd root; printf hello > sub/a; ln sub/a sub/b; ln -s ../sub/a sub/link
      mkfifo pipe; chmod 4755 sub/a; touch -d '1969-12-31 23:59:58.5 UTC' sub/a; : > empty
      n=$(printf 'x%.0s' $(seq 120)); mkdir -p long/$n/$n; printf deep > long/$n/$n/$n; ln -s $n/$n/$n long/l
      printf %s "$(printf 'caf\\303\\251')" > "$(printf 'l\\351gacy')"`;
    execFileSync('bash', ['-c', script], { cwd: dir });
    spawnSync('setfattr', ['-n', 'user.note', '-v', '0x00ff81', 'root/empty'], { cwd: dir });
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const list = (archive: string): string =>
    execFileSync('tar', ['-tvf', archive, '--numeric-owner', '--utc', '--quoting-style=escape'], {
      cwd: dir,
      env: { ...process.env, LC_ALL: 'C' },
    }).toString();

  for (const format of ['pax', 'gnu', 'ustar', 'v7']) {
    it(`reads --format=${format} and writes what tar lists alike`, async () => {
      const short = format === 'ustar' || format === 'v7';
      const args = ['-cf', `${format}.tar`, '--sort=name', `--format=${format}`, '--numeric-owner'];
      if (format === 'pax') args.push('--xattrs', '--xattrs-include=*');
      if (short) args.push('--exclude=long', '--mtime=@1700000000');
      if (format === 'v7') args.push('--exclude=pipe');
      execFileSync('tar', [...args, '-C', 'root', '.'], { cwd: dir });
      const entries = await readAll(readFileSync(join(dir, `${format}.tar`)));
      const names = entries.map((one) => one.name);
      expect(names).toContain('./l\xe9gacy');
      expect(entries.find((one) => one.name === './sub/b')).toMatchObject({ type: 'hardlink', linkName: './sub/a' });
      expect(entries.find((one) => one.name === './sub/link')).toMatchObject({ type: 'symlink', linkName: '../sub/a' });
      expect(entries.find((one) => one.name === './sub/')?.type).toBe('directory');
      if (!short) expect(entries.find((one) => one.name === './sub/a')?.mtime).toBe(-2);
      if (!short) expect(names.some((name) => name.length > 360)).toBe(true);
      const noted = entries.find((one) => one.name === './empty');
      if (format === 'pax' && spawnSync('getfattr', ['-n', 'user.note', join(dir, 'root/empty')]).status === 0) {
        expect(noted?.xattrs.get('user.note')).toEqual(new Uint8Array([0, 0xff, 0x81]));
      }
      const own = entries.map((one) => ({ ...one, body: () => [one.data] }));
      writeFileSync(join(dir, 'own.tar'), await write(own));
      // tar shows uname/gname only without --numeric-owner; everything else must agree line by line.
      expect(list('own.tar')).toBe(list(`${format}.tar`));
    });
  }

  it('refuses GNU sparse files in both encodings', async () => {
    execFileSync('truncate', ['-s', '10M', 'holes'], { cwd: dir });
    for (const format of ['gnu', 'pax']) {
      execFileSync('tar', ['-cSf', 'sparse.tar', `--format=${format}`, 'holes'], { cwd: dir });
      await expect(readAll(readFileSync(join(dir, 'sparse.tar')))).rejects.toMatchObject({ code: 'IMAGE_UNSUPPORTED' });
    }
  });

  it('reads base-256 numbers', async () => {
    execFileSync('tar', ['-cf', 'big.tar', '--format=gnu', '--owner=:3000000', '--mtime=@-5', '-C', 'root', 'empty'], {
      cwd: dir,
    });
    expect((await readAll(readFileSync(join(dir, 'big.tar'))))[0]).toMatchObject({ uid: 3000000, mtime: -5 });
  });
});
