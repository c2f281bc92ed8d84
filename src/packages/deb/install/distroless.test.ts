import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { silent } from '../../../core/progress.ts';
import { emptyTree } from '../../../oci/tree/tree.ts';
import type { MutableTree } from '../../../oci/tree/types.ts';
import type { PlanStep } from '../../family.ts';
import { readDebDatabase } from '../database/read.ts';
import type { DataMember, DebArchive } from '../types.ts';
import { installDebs } from './index.ts';

const OWNED = { mode: 0o644, uid: 0, gid: 0, mtime: 0 };
const DATE = 1_700_000_000;

/** A package in memory: path → content, `-> target` for a symlink. */
function archive(
  name: string,
  version: string,
  files: Readonly<Record<string, string>>,
  conffiles: readonly string[] = [],
): DebArchive {
  const paths = Object.keys(files);
  const directories = new Set(
    paths.flatMap((path) => path.split('/').map((_, index, parts) => parts.slice(0, index).join('/'))),
  );
  const base = {
    mode: 0o755,
    uid: 0,
    gid: 0,
    mtime: 1_600_000_000,
    size: 0,
    xattrs: new Map(),
    uname: 'root',
    gname: 'root',
  };
  const directory = (path: string): DataMember => ({
    ...base,
    path: path || '/.',
    type: 'directory',
    read: () => Buffer.alloc(0),
  });
  const member = (path: string): DataMember => {
    const text = files[path] ?? '';
    if (text.startsWith('-> '))
      return { ...base, path, type: 'symlink', target: text.slice(3), read: () => Buffer.alloc(0) };
    return { ...base, mode: 0o644, path, type: 'file', size: text.length, read: () => Buffer.from(text) };
  };
  const regular = paths.filter((path) => !files[path]?.startsWith('-> ') && !conffiles.includes(path));
  const control = (text: string) => ({ content: Buffer.from(text), mode: 0o644, mtime: 0 });
  return {
    control: new Map(
      Object.entries({ Package: name, Version: version, Architecture: 'amd64', Maintainer: 'x', Description: 'd' }),
    ),
    controlFiles: new Map([
      ['md5sums', control(sums(regular.map((path) => [path, files[path] ?? ''])))],
      ['conffiles', control(conffiles.map((path) => `${path}\n`).join(''))],
      ['postinst', control('#!/bin/sh\nexit 1\n')],
    ]),
    members: [...[...directories].map(directory), ...paths.map(member)],
    close: () => {},
  };
}

function sums(files: readonly (readonly [string, string])[]): string {
  return files.map(([path, text]) => `${createHash('md5').update(text).digest('hex')}  ${path.slice(1)}\n`).join('');
}

/** An image that holds `present`, and whose record of the package says it has `registered`. */
function image(
  name: string,
  present: Readonly<Record<string, string>>,
  registered: readonly (readonly [string, string])[],
): MutableTree {
  const tree = emptyTree();
  const put = (path: string, text: string): void => {
    path
      .split('/')
      .slice(1, -1)
      .reduce((parent, part) => {
        const directory = `${parent}/${part}`;
        if (tree.stat(directory) === undefined) tree.mkdir(directory, { ...OWNED, mode: 0o755 });
        return directory;
      }, '');
    if (text.startsWith('-> ')) tree.symlink(text.slice(3), path, OWNED);
    else tree.writeFile(path, Buffer.from(text), OWNED);
  };
  put(
    `/var/lib/dpkg/status.d/${name}`,
    `Package: ${name}\nVersion: 1\nArchitecture: amd64\nMaintainer: x\nDescription: d\n`,
  );
  put(`/var/lib/dpkg/status.d/${name}.md5sums`, sums(registered));
  for (const [path, text] of Object.entries(present)) put(path, text);
  return tree;
}

function apply(tree: MutableTree, incoming: DebArchive) {
  const source = { name: 'x', version: '2' };
  const file = { path: '', repository: '', size: 0, digest: `sha256:${'0'.repeat(64)}` as const };
  const step: PlanStep = { action: 'upgrade', name: 'x', architecture: 'amd64', to: '2', source, file, reason: '' };
  const options = { sourceDate: DATE, progress: silent, openDeb: () => Promise.resolve(incoming) };
  return installDebs(tree, readDebDatabase(tree), [{ step, file: '' }], options);
}

describe('distroless images (status.d)', () => {
  it('replaces the whole package: new names and links come, old ones go, no script runs, the sums are kept', async () => {
    const present = { '/usr/lib/libx.so.1.1': 'old', '/usr/lib/libx.so.1': '-> libx.so.1.1', '/usr/lib/same': 'old' };
    const tree = image('x', present, [
      ['/usr/lib/libx.so.1.1', 'old'],
      ['/usr/lib/same', 'old'],
    ]);
    const files = { '/usr/lib/libx.so.1.2': 'new', '/usr/lib/libx.so.1': '-> libx.so.1.2', '/usr/lib/same': 'new' };
    expect(await apply(tree, archive('x', '2', files))).toMatchObject({ kind: 'installed' });
    expect(tree.readdir('/usr/lib')).toEqual(['libx.so.1', 'libx.so.1.2', 'same']);
    expect(tree.lstat('/usr/lib/libx.so.1')?.target).toBe('libx.so.1.2');
    expect(tree.readText('/usr/lib/same')).toBe('new');
    expect(tree.lstat('/usr/lib/same')?.mtime).toBe(1_600_000_000);
    expect(tree.readText('/var/lib/dpkg/status.d/x')).toBe(
      'Package: x\nVersion: 2\nArchitecture: amd64\nMaintainer: x\nDescription: d\n',
    );
    expect(tree.readText('/var/lib/dpkg/status.d/x.md5sums')).toBe(
      sums([
        ['/usr/lib/libx.so.1.2', 'new'],
        ['/usr/lib/same', 'new'],
      ]),
    );
  });

  it('does not bring back what the image left out', async () => {
    const registered = [
      ['/usr/lib/x', 'old'],
      ['/usr/share/doc/x/copyright', 'c'],
      ['/usr/share/doc/x/changelog', 'l'],
    ] as const;
    const tree = image('x', { '/usr/lib/x': 'old' }, registered);
    const files = {
      '/usr/lib/x': 'new',
      '/usr/lib/y': 'new',
      '/usr/share/doc/x/copyright': 'c2',
      '/usr/share/doc/x/NEWS': 'n',
    };
    expect(await apply(tree, archive('x', '2', files))).toMatchObject({ kind: 'installed' });
    expect(tree.readdir('/usr/lib')).toEqual(['x', 'y']);
    expect(tree.stat('/usr/share')).toBeUndefined();
  });

  it('says so when it cannot tell whether a new file belongs there, and leaves the image alone', async () => {
    const tree = image('x', { '/usr/lib/x': 'old' }, [
      ['/usr/lib/x', 'old'],
      ['/usr/lib/left-out', 'o'],
    ]);
    const outcome = await apply(tree, archive('x', '2', { '/usr/lib/x': 'new', '/usr/lib/y': 'new' }));
    expect(outcome).toMatchObject({ kind: 'not-native', blockers: [{ package: 'x', script: 'files' }] });
    expect(tree.readText('/usr/lib/x')).toBe('old');
  });

  it('keeps conffiles, with a note', async () => {
    const tree = image('x', { '/etc/x.conf': 'mine', '/usr/lib/x': 'old' }, [['/usr/lib/x', 'old']]);
    const outcome = await apply(
      tree,
      archive('x', '2', { '/etc/x.conf': 'theirs', '/usr/lib/x': 'new' }, ['/etc/x.conf']),
    );
    expect(outcome).toMatchObject({ kind: 'installed', report: { notes: [{ package: 'x' }] } });
    expect(tree.readText('/etc/x.conf')).toBe('mine');
  });

  it('makes the certificate bundle from the certificates of the package', async () => {
    const tree = image('ca-certificates', { '/etc/ssl/certs/ca-certificates.crt': 'old\n' }, [
      ['/usr/share/ca-certificates/mozilla/A.crt', 'a'],
    ]);
    const files = {
      '/usr/share/ca-certificates/mozilla/b.crt': 'b',
      '/usr/share/ca-certificates/mozilla/A.crt': 'a\n',
    };
    expect(await apply(tree, archive('ca-certificates', '2', files))).toMatchObject({ kind: 'installed' });
    expect(tree.readText('/etc/ssl/certs/ca-certificates.crt')).toBe('a\nb\n');
    expect(tree.stat('/usr/share')).toBeUndefined();
  });
});
