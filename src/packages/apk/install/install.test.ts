import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silent } from '../../../core/progress.ts';
import { emptyTree } from '../../../oci/tree/tree.ts';
import type { MutableTree } from '../../../oci/tree/types.ts';
import type { FetchedStep } from '../../family.ts';
import { readApkDatabase } from '../read-database.ts';
import { type IndexEntry, parseIndex } from '../repository/index-entry.ts';
import { buildApk, type MadePackage, makeSigningKey } from '../testing/build-package.ts';
import { indexEntry } from '../testing/build-repository.ts';
import { installApks } from './install.ts';
import { readStoredScripts } from './scripts-archive.ts';

const key = makeSigningKey('tester.rsa.pub');
const OWNER = { mode: 0o644, uid: 0, gid: 0, mtime: 1_500_000_000 };
const SOURCE_DATE = 1_700_000_000;
let work = '';
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'suture-apk-install-'));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

function makeTree(files: Readonly<Record<string, string>>, directory = '/lib/apk/db', installed = ''): MutableTree {
  const tree = emptyTree();
  const write = (path: string, text: string): void => {
    const parts = path.split('/').slice(1, -1);
    parts.forEach((_, index) => {
      const parent = `/${parts.slice(0, index + 1).join('/')}`;
      if (tree.stat(parent) === undefined) tree.mkdir(parent, { ...OWNER, mode: 0o755 });
    });
    tree.writeFile(path, Buffer.from(text, 'latin1'), OWNER);
  };
  write(`${directory}/installed`, installed);
  for (const [path, text] of Object.entries({ '/etc/apk/world': 'a\n', '/etc/apk/arch': 'x86_64\n', ...files }))
    write(path, text);
  return tree;
}

function record(name: string, version: string, files: string, extra = ''): string {
  return `C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA${name}\nP:${name}\nV:${version}\nA:x86_64\nS:1\nI:4096\nT:\nU:\nL:\n${extra}${files}\n`;
}

function apply(tree: MutableTree, ...packages: readonly MadePackage[]) {
  const entries = new Map<string, IndexEntry>();
  const steps = packages.map((made): FetchedStep => {
    const built = buildApk(made, key);
    const file = join(work, `${made.name}-${made.version}.apk`);
    writeFileSync(file, built.bytes);
    for (const entry of parseIndex(Buffer.from(indexEntry(built)), 'index')) entries.set(entry.name, entry);
    const digest = `sha256:${'0'.repeat(64)}` as const;
    const source = { name: made.name, version: made.version };
    const place = { path: '', repository: '', size: 1, digest };
    return {
      step: {
        action: 'upgrade',
        name: made.name,
        architecture: 'x86_64',
        to: made.version,
        source,
        file: place,
        reason: 'test',
      },
      file,
    };
  });
  const entryOf = ({ name }: FetchedStep['step']): IndexEntry => {
    const entry = entries.get(name);
    if (entry === undefined) throw new Error(name);
    return entry;
  };
  return installApks(tree, readApkDatabase(tree), steps, entryOf, { sourceDate: SOURCE_DATE, progress: silent });
}

const TOOL: MadePackage = { name: 'a', version: '2-r0', members: [{ name: 'usr/bin/a', content: 'new' }] };

describe('installApks', () => {
  it('keeps records of others to the byte, unknown fields included', () => {
    const foreign = record('other', '1-r0', 'F:usr\nM:0:0:700\nR:x\nZ:Q1odd\n', 'Y:unknown\nz:also\n');
    const tree = makeTree(
      { '/usr/bin/a': 'old' },
      undefined,
      `${foreign}\n${record('a', '1-r0', 'F:usr\nF:usr/bin\nR:a\n')}\n`,
    );
    expect(apply(tree, TOOL)).toMatchObject({ kind: 'installed' });
    const text = tree.readText('/lib/apk/db/installed') ?? '';
    expect(text.startsWith(foreign)).toBe(true);
    expect(text).toContain('\nP:a\nV:2-r0\n');
    expect(tree.readText('/usr/bin/a')).toBe('new');
    expect(tree.readText('/etc/apk/world')).toBe('a\n');
  });

  it('finds the database of merged roots', () => {
    const tree = makeTree({ '/usr/bin/a': 'old' }, '/usr/lib/apk/db', record('a', '1-r0', 'F:usr\nF:usr/bin\nR:a\n'));
    expect(apply(tree, TOOL)).toMatchObject({ kind: 'installed' });
    expect(tree.readText('/usr/lib/apk/db/installed')).toContain('V:2-r0');
    expect(tree.lstat('/lib')).toBeUndefined();
  });

  it('writes as apk 3 does: sorted, identities in hexadecimal, gzip', () => {
    const installed = [record('apk-tools', '3.0.1-r0', ''), record('b', '1-r0', ''), record('c', '1-r0', '')].join(
      '\n',
    );
    const tree = makeTree({}, undefined, installed);
    const script = '#!/bin/sh\nexit 0\n';
    tree.writeFile(
      '/lib/apk/db/scripts.tar.gz',
      Buffer.from('1f8b08000000000000030300000000000000000000', 'hex').subarray(0, 20),
      OWNER,
    );
    const made = { ...TOOL, scripts: { 'pre-deinstall': script } };
    expect(apply(tree, made)).toMatchObject({ kind: 'installed' });
    expect((tree.readText('/lib/apk/db/installed') ?? '').match(/^P:.*/gm)).toEqual([
      'P:a',
      'P:apk-tools',
      'P:b',
      'P:c',
    ]);
    const archive = gunzipSync(tree.readFile('/lib/apk/db/scripts.tar.gz'));
    expect(archive.toString('latin1', 0, 80)).toMatch(/^a-2-r0\.X1[0-9a-f]{40}\.pre-deinstall/);
    expect(readStoredScripts(archive, 'scripts')).toMatchObject([
      { identity: buildApk(made, key).identity, type: 'pre-deinstall' },
    ]);
  });

  it.each<readonly [string, MadePackage, Record<string, string>, RegExp]>([
    [
      'a file of another package',
      { ...TOOL, members: [{ name: 'usr/x', content: '' }] },
      { '/usr/x': '' },
      /overwrite \/usr\/x of other/,
    ],
    [
      'a directory in the way',
      { ...TOOL, members: [{ name: 'opt', content: '' }] },
      { '/opt/mine': '' },
      /is a directory/,
    ],
    [
      'a missing parent',
      { ...TOOL, members: [{ name: 'usr/l', type: 'hardlink', target: 'usr/none' }] },
      {},
      /hard link/,
    ],
    ['a script that is not native', { ...TOOL, scripts: { 'post-install': '#!/usr/bin/perl\n' } }, {}, /perl/],
  ])('refuses %s, and leaves the tree as it was', (_, made, files, reason) => {
    const tree = makeTree(files, undefined, record('other', '1-r0', 'F:usr\nR:x\n'));
    const before = tree.readText('/lib/apk/db/installed');
    const outcome = apply(tree, made);
    expect(outcome).toMatchObject({ kind: 'not-native', blockers: [{ package: 'a' }] });
    expect(outcome.kind === 'not-native' ? outcome.blockers[0]?.reason : '').toMatch(reason);
    expect(tree.readText('/lib/apk/db/installed')).toBe(before);
    expect(tree.lstat('/usr/bin/a')).toBeUndefined();
  });

  it('stops every package at a commit hook that is not native', () => {
    const tree = makeTree({ '/etc/apk/commit_hooks.d/site': '#!/usr/bin/python3\n' });
    tree.setMetadata('/etc/apk/commit_hooks.d/site', { mode: 0o755 });
    const outcome = apply(tree, TOOL);
    expect(outcome).toMatchObject({ kind: 'not-native' });
  });

  it('puts a trigger that is not native down to the packages that activate it', () => {
    const installed = record('hook', '1-r0', '');
    const tree = makeTree({}, undefined, installed);
    const hook: MadePackage = {
      name: 'hook',
      version: '2-r0',
      members: [{ name: 'x', content: '' }],
      triggers: ['/usr/bin'],
      scripts: { trigger: '#!/usr/bin/lua\n' },
    };
    expect(apply(tree, hook)).toMatchObject({ kind: 'installed' });
    const outcome = apply(tree, TOOL);
    expect(outcome).toMatchObject({ kind: 'not-native', blockers: [{ package: 'a', script: 'trigger of hook' }] });
  });

  it('links the applets that busybox lists, and only where nothing is', () => {
    const tree = makeTree({
      '/bin/busybox': 'binary',
      '/bin/cat': 'mine',
      '/etc/busybox-paths.d/busybox': 'bin/cat\nbin/ls\nusr/none/x\n',
    });
    tree.symlink('busybox', '/bin/sh', { ...OWNER, mode: 0o777 });
    tree.setMetadata('/bin/busybox', { mode: 0o755 });
    const made: MadePackage = {
      ...TOOL,
      triggers: ['/usr/bin'],
      scripts: { trigger: '#!/bin/sh\n/bin/busybox --install -s\n' },
    };
    expect(apply(tree, made)).toMatchObject({ kind: 'installed' });
    expect(tree.lstat('/bin/ls')).toMatchObject({ type: 'symlink', target: '/bin/busybox' });
    expect(tree.readText('/bin/cat')).toBe('mine');
    expect(tree.lstat('/usr/none')).toBeUndefined();
  });
});
