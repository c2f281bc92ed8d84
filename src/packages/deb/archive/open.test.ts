import { spawnSync } from 'node:child_process';
import { createCipheriv, createHash } from 'node:crypto';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSutureError } from '../../../core/errors/error.ts';
import type { DebArchive } from '../types.ts';
import { ExpandPool } from './expand-pool.ts';
import { memberPath } from './member-path.ts';
import { openDeb } from './open.ts';

const hasDpkgDeb = spawnSync('dpkg-deb', ['--version']).status === 0;
const hasAr = spawnSync('ar', ['--version']).status === 0;
const directory = mkdtempSync(join(tmpdir(), 'suture-deb-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; input?: Buffer | string } = {},
): Buffer {
  const { status, stdout, stderr } = spawnSync(command, args, { maxBuffer: 1 << 30, ...options });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr.toString()}`);
  return stdout;
}

/** Reference listing, made by GNU tar from what dpkg-deb unpacks. */
function referenceListing(file: string): string[] {
  const tar = run('dpkg-deb', ['--fsys-tarfile', file]);
  const options = ['--numeric-owner', '--utc', '--full-time', '--quoting-style=literal', '--show-transformed-names'];
  const text = run('tar', ['-tv', ...options], { input: tar }).toString('latin1');
  return text.trimEnd().split('\n');
}

const TYPE_LETTERS = { file: '-', directory: 'd', symlink: 'l', hardlink: 'h', character: 'c', block: 'b', fifo: 'p' };

function ownListing(archive: DebArchive): string[] {
  return archive.members.map((member) => {
    const rights = [6, 3, 0].map((shift) => (member.mode >> shift) & 7);
    const special = [member.mode & 0o4000, member.mode & 0o2000, member.mode & 0o1000];
    const letters = rights.map((bits, index) => {
      const x = special[index] ? (bits & 1 ? 'sst' : 'SST')[index] : bits & 1 ? 'x' : '-';
      return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${x}`;
    });
    const time = new Date(member.mtime * 1000).toISOString().replace('T', ' ').replace('.000Z', '');
    const path = `.${member.path === '/.' ? '/' : member.path}${member.type === 'directory' && member.path !== '/.' ? '/' : ''}`;
    const link =
      member.type === 'symlink'
        ? ` -> ${member.target}`
        : member.type === 'hardlink'
          ? ` link to .${member.target}`
          : '';
    return `${TYPE_LETTERS[member.type]}${letters.join('')} ${member.uid}/${member.gid} ${member.size} ${time} ${path}${link}`;
  });
}

const squeeze = (line: string): string => line.replace(/^(\S+ \S+) +/, '$1 ');

function contentHashes(archive: DebArchive): string {
  const hash = createHash('sha256');
  for (const member of archive.members) if (member.type === 'file') hash.update(member.read());
  return hash.digest('hex');
}

async function expectSameAsDpkg(file: string): Promise<void> {
  const archive = await openDeb(file);
  try {
    expect(ownListing(archive)).toEqual(referenceListing(file).map(squeeze));
    const everything = run('tar', ['-xO'], { input: run('dpkg-deb', ['--fsys-tarfile', file]) });
    expect(contentHashes(archive)).toBe(createHash('sha256').update(everything).digest('hex'));
    expectSameControl(archive, file);
  } finally {
    archive.close();
  }
}

function expectSameControl(archive: DebArchive, file: string): void {
  const target = mkdtempSync(join(directory, 'control-'));
  run('dpkg-deb', ['-e', file, target]);
  const names = readdirSync(target).filter((name) => name !== 'control');
  expect([...archive.controlFiles.keys()].sort()).toEqual(names.sort());
  for (const [name, { content, mode, mtime }] of archive.controlFiles) {
    const status = lstatSync(join(target, name));
    expect([name, mode, mtime]).toEqual([name, status.mode & 0o7777, Math.floor(status.mtimeMs / 1000)]);
    expect(Buffer.from(content).equals(readFileSync(join(target, name)))).toBe(true);
  }
  const fields = ['Package', 'Version', 'Architecture', 'Depends', 'Description'];
  for (const field of fields) {
    const expected = run('dpkg-deb', ['-f', file, field]).toString('latin1').trimEnd();
    expect(archive.control.get(field) ?? '').toBe(expected);
  }
}

const CONTROL =
  'Package: sample\nVersion: 1.0\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: sample\n long\n';

/** A package with every kind of member that dpkg-deb can build, and some content that does not compress. */
function buildSample(options: readonly string[], name: string, size = 300_000): string {
  const root = join(directory, `root-${name}`);
  mkdirSync(join(root, 'DEBIAN'), { recursive: true });
  mkdirSync(join(root, 'usr/share/sample'), { recursive: true });
  mkdirSync(join(root, 'etc'), { recursive: true });
  writeFileSync(join(root, 'DEBIAN/control'), CONTROL);
  writeFileSync(join(root, 'DEBIAN/conffiles'), '/etc/sample.conf\n');
  writeFileSync(join(root, 'DEBIAN/postinst'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  writeFileSync(join(root, 'etc/sample.conf'), 'a=1\n', { mode: 0o640 });
  // Noise that does not compress, the same in every run.
  const key = createHash('md5').update(name).digest();
  const noise = createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
  writeFileSync(join(root, 'usr/share/sample/noise'), noise);
  writeFileSync(join(root, 'usr/share/sample/s\xe4ule with space'), 'x', { mode: 0o4755 });
  writeFileSync(join(root, `usr/share/sample/${'long'.repeat(40)}`), '');
  run('ln', ['-sf', '../share/sample/noise', join(root, 'usr/link')]);
  run('ln', ['-f', join(root, 'usr/share/sample/noise'), join(root, 'usr/share/sample/znoise')]);
  run('mkfifo', [join(root, 'usr/share/sample/fifo')]);
  const file = join(directory, `${name}.deb`);
  run('dpkg-deb', ['--root-owner-group', ...options, '-b', root, file]);
  rmSync(root, { recursive: true });
  return file;
}

describe.skipIf(!hasDpkgDeb)('openDeb on packages built here (needs dpkg)', () => {
  it.each([['xz'], ['gzip'], ['zstd'], ['none']])('equals dpkg-deb for %s', async (kind) => {
    for (const uniform of ['--uniform-compression', '--no-uniform-compression']) {
      await expectSameAsDpkg(buildSample([`-Z${kind}`, uniform], `${kind}${uniform}`));
    }
  });

  it('gives the same for any number of threads, and from the cache', async () => {
    const file = buildSample(['-Zxz'], 'threads', 2_000_000);
    const cache = join(directory, 'cache');
    const results: string[] = [];
    for (const threads of [1, 3]) {
      const pool = new ExpandPool(threads);
      const archives = await Promise.all([1, 2, 3, 4].map(() => openDeb(file, { pool })));
      results.push(...archives.map((archive) => ownListing(archive).join('\n') + contentHashes(archive)));
      await pool.close();
    }
    for (let round = 0; round < 3; round++) {
      const archive = await openDeb(file, { expandedCache: cache });
      results.push(ownListing(archive).join('\n') + contentHashes(archive));
      const [stored] = readdirSync(cache).filter((name) => name.endsWith('.tar'));
      // The second round reads what the first left; the third finds it damaged.
      if (round === 1) {
        const damaged = readFileSync(join(cache, stored ?? ''));
        damaged[1_000_000] = (damaged[1_000_000] ?? 0) ^ 1;
        writeFileSync(join(cache, stored ?? ''), damaged);
      }
    }
    expect(new Set(results).size).toBe(1);
    expect(results).toHaveLength(11);
    expect(readdirSync(cache).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('reads a package above 64 MiB from a file, without leaving one behind', async () => {
    const file = buildSample(['-Zzstd', '-z1'], 'large', 70 * 1024 * 1024);
    const spool = join(directory, 'spool');
    mkdirSync(spool);
    const cache = join(directory, 'large-cache');
    const results: string[] = [];
    for (const options of [{ temporaryDirectory: spool }, { expandedCache: cache }, { expandedCache: cache }]) {
      const archive = await openDeb(file, options);
      expect(readdirSync(spool)).toEqual([]);
      results.push(ownListing(archive).join('\n') + contentHashes(archive));
      archive.close();
    }
    expect(new Set(results).size).toBe(1);
    expect(readdirSync(cache)).toHaveLength(2);
  });

  it.skipIf(!hasAr)('reads bzip2 and refuses what deb(5) does not allow (needs binutils)', async () => {
    const file = buildSample(['-Zgzip'], 'parts', 100_000);
    const work = mkdtempSync(join(directory, 'parts-'));
    run('ar', ['x', file], { cwd: work });
    run('gzip', ['-d', 'data.tar.gz'], { cwd: work });
    for (const tool of ['bzip2', 'xz']) run(tool, ['-k', 'data.tar'], { cwd: work });
    writeFileSync(join(work, '_extra'), 'skipped');
    writeFileSync(join(work, 'other'), 'x');
    writeFileSync(join(work, 'data.tar.lzma'), 'x');
    writeFileSync(join(work, 'cut.xz'), readFileSync(join(work, 'data.tar.xz')).subarray(0, 90_000));
    run('mkdir', ['cut', 'three'], { cwd: work });
    run('mv', ['cut.xz', 'cut/data.tar.xz'], { cwd: work });
    writeFileSync(join(work, 'three/debian-binary'), '3.0\n');
    const build = (name: string, ...parts: string[]): string => {
      run('ar', ['qc', name, ...parts], { cwd: work });
      return join(work, name);
    };
    await expectSameAsDpkg(
      build('bz2.deb', 'debian-binary', '_extra', 'control.tar.gz', '_extra', 'data.tar.bz2', 'other'),
    );
    const refused: [string, string[], RegExp][] = [
      ['order', ['debian-binary', 'data.tar.xz', 'control.tar.gz'], /stands where control.tar belongs/],
      ['first', ['control.tar.gz', 'debian-binary', 'data.tar.xz'], /first member is not debian-binary/],
      ['nodata', ['debian-binary', 'control.tar.gz'], /no data.tar/],
      ['lzma', ['debian-binary', 'control.tar.gz', 'data.tar.lzma'], /compression that is not supported/],
      ['between', ['debian-binary', 'control.tar.gz', 'other', 'data.tar.xz'], /stands where data.tar belongs/],
      ['twice', ['debian-binary', 'control.tar.gz', 'data.tar.xz', 'data.tar.bz2'], /a second/],
      ['cut', ['debian-binary', 'control.tar.gz', 'cut/data.tar.xz'], /corrupt or truncated/],
      ['version', ['three/debian-binary', 'control.tar.gz', 'data.tar.xz'], /format version 3/],
    ];
    for (const [name, parts, reason] of refused) {
      await expect(openDeb(build(`${name}.deb`, ...parts))).rejects.toMatchObject({
        code: 'PACKAGE_INVALID',
        message: expect.stringMatching(reason) as unknown,
      });
    }
    await expect(openDeb(join(work, 'absent.deb'))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it('opens or refuses, but never hangs or crashes, for damaged packages', async () => {
    const intact = readFileSync(buildSample(['-Zxz'], 'damage', 100_000));
    const file = join(directory, 'damaged.deb');
    for (let index = 0; index < 60; index++) {
      const damaged = Buffer.from(intact.subarray(0, index % 3 === 0 ? (intact.length * index) / 60 : intact.length));
      const at = (index * 7919 * 31) % damaged.length;
      if (index % 3 !== 0) damaged[index < 20 ? at % 3000 : at] = index;
      writeFileSync(file, damaged);
      const result = await openDeb(file).then(
        (archive) => archive.members.length > 0,
        (error: unknown) => isSutureError(error, 'PACKAGE_INVALID', 'PATH_UNSAFE', 'LIMIT_EXCEEDED'),
      );
      expect(result).toBe(true);
    }
  });
});

const SAMPLE_SIZE = 40;
const installed = hasDpkgDeb
  ? spawnSync('dpkg-query', ['-W', '-f', '$' + '{Package}\n'])
      .stdout.toString()
      .split('\n')
  : [];

describe.skipIf(!hasDpkgDeb || spawnSync('apt-get', ['--version']).status !== 0)('openDeb on real packages', () => {
  const downloads = mkdtempSync(join(directory, 'downloads-'));
  let files: string[] = [];
  beforeAll(() => {
    // Every n-th installed package: small and large, scripts, conffiles, libraries, documentation.
    const names = installed.filter(
      (name, index) => name !== '' && index % Math.ceil(installed.length / SAMPLE_SIZE) === 0,
    );
    for (const name of names) {
      spawnSync('apt-get', ['-q', '-o', 'APT::Sandbox::User=root', 'download', name], {
        cwd: downloads,
        timeout: 30_000,
      });
      if (files.length === 0 && readdirSync(downloads).length === 0 && name === names[2]) break;
    }
    files = readdirSync(downloads).filter((name) => name.endsWith('.deb'));
  });

  it('equals dpkg-deb and tar in listing, content and control files', async (context) => {
    if (files.length === 0) return context.skip('apt-get download gave no package: no network or no sources');
    expect(files.length).toBeGreaterThan(10);
    for (const name of files) await expectSameAsDpkg(join(downloads, name));
  });
});

describe('memberPath', () => {
  it.each([
    ['./', '/.'],
    ['.', '/.'],
    ['./usr/', '/usr'],
    ['usr/bin/x', '/usr/bin/x'],
    ['/usr/x', '/usr/x'],
    ['.//./a', '/a'],
    ['./a..b/...', '/a..b/...'],
  ])('lists %j as %j', (name, path) => {
    expect(memberPath(name, 'x.deb')).toBe(path);
  });

  it.each([['./a/../b'], ['..'], ['./a\nb'], ['a/./b'], ['a//b'], ['./usr/.wh.sh'], ['a\0'], ['.wh..wh..opq']])(
    'refuses %j',
    (name) => {
      expect(() => memberPath(name, 'x.deb')).toThrow(expect.objectContaining({ code: 'PATH_UNSAFE' }) as Error);
    },
  );
});
