import { describe, expect, it } from 'vitest';
import type { LayerEntry } from '../layer/layer-index.ts';
import type { TreeLayer } from './merge-layers.ts';
import { emptyTree, openTree } from './tree.ts';
import type { MutableTree, Ownership } from './types.ts';

const own: Ownership = { mode: 0o644, uid: 0, gid: 0, mtime: 7 };
type Row = Partial<LayerEntry> & { path: string; text?: string };

function layer(...rows: Row[]): TreeLayer {
  const text = rows.map((row) => row.text ?? '').join('');
  let offset = 0;
  const entries = rows.map((row): LayerEntry => {
    const size = row.text?.length ?? 0;
    const entry = {
      type: 'file',
      ...own,
      size,
      link: '',
      major: 0,
      minor: 0,
      xattrs: new Map(),
      offset,
      ...row,
    } as const;
    offset += size;
    return entry;
  });
  return {
    count: entries.length,
    path: (index) => entries[index]?.path ?? '',
    type: (index) => entries[index]?.type ?? 'file',
    entry: (index) => entries[index] as LayerEntry,
    read: (at, size) => Buffer.from(text, 'latin1').subarray(at, at + size),
  };
}

const dir = (path: string, more: Partial<LayerEntry> = {}): Row => ({ path, type: 'directory', mode: 0o755, ...more });
const file = (path: string, text = ''): Row => ({ path, text });
const symlink = (path: string, link: string): Row => ({ path, type: 'symlink', link });
const hardlink = (path: string, link: string): Row => ({ path, type: 'hardlink', link });
const paths = (tree: MutableTree): string[] => [...tree.walk('/')].map((entry) => entry.path);
const summary = (tree: MutableTree): string[] =>
  tree.changes().map((change) => {
    if (change.kind === 'remove') return `- ${change.path}`;
    return `${change.metadataOnly ? 'm' : '+'} ${change.path}`;
  });

describe('merging layers', () => {
  it('applies white-outs, opaque directories and replacements', () => {
    const tree = openTree([
      layer(
        dir('a'),
        file('a/x', '1'),
        file('a/y', '2'),
        dir('b'),
        file('b/old'),
        dir('c'),
        file('c/d/e'),
        file('f', '0'),
      ),
      layer(
        file('a/.wh.x'),
        dir('b'),
        file('b/new'),
        file('b/.wh..wh..opq'),
        file('c', 'now a file'),
        dir('f', { uid: 5 }),
      ),
    ]);
    expect(paths(tree)).toEqual(['/a', '/a/y', '/b', '/b/new', '/c', '/f']);
    expect(tree.readText('/c')).toBe('now a file');
    expect(tree.lstat('/f')).toMatchObject({ type: 'directory', uid: 5, origin: 1 });
    expect(tree.lstat('/a')?.origin).toBe(0);
  });

  it('hides only lower layers, wherever the white-out stands', () => {
    const lower = layer(dir('d'), file('d/low'), file('d/both', 'low'), dir('e'), file('e/low'));
    const uppers = [
      [file('.wh.e'), dir('e'), file('e/up'), file('d/.wh..wh..opq'), dir('d'), file('d/both', 'up')],
      [dir('e'), file('e/up'), file('.wh.e'), dir('d'), file('d/both', 'up'), file('d/.wh..wh..opq')],
    ];
    for (const rows of uppers) {
      const tree = openTree([lower, layer(...rows)]);
      expect(paths(tree)).toEqual(['/d', '/d/both', '/e', '/e/up']);
      expect(tree.readText('/d/both')).toBe('up');
    }
  });

  it('writes through a symlinked parent of a lower layer, inside the root', () => {
    const base = layer(
      dir('usr'),
      dir('usr/lib'),
      symlink('lib', 'usr/lib'),
      symlink('up', '../../usr'),
      symlink('abs', '/usr/lib'),
    );
    const tree = openTree([base, layer(file('lib/a'), file('up/b'), file('abs/c'), hardlink('lib/d', 'abs/a'))]);
    expect(paths(tree)).toEqual([
      '/abs',
      '/lib',
      '/up',
      '/usr',
      '/usr/b',
      '/usr/lib',
      '/usr/lib/a',
      '/usr/lib/c',
      '/usr/lib/d',
    ]);
    expect(tree.lstat('/lib')?.type).toBe('symlink');
    const removed = openTree([base, layer(file('usr/lib/x')), layer(file('lib/.wh.x'))]);
    expect(removed.readdir('/usr/lib')).toEqual([]);
    const replaced = openTree([base, layer(dir('lib'), file('lib/x'))]);
    expect(replaced.lstat('/lib')?.type).toBe('directory');
    expect(replaced.readdir('/usr/lib')).toEqual([]);
    const dangling = openTree([layer(symlink('s', 't/u')), layer(file('s/x'))]);
    expect(paths(dangling)).toEqual(['/s', '/t', '/t/u', '/t/u/x']);
  });

  it('makes missing parents and keeps hard links one inode', () => {
    const tree = openTree([layer(file('a/b/c', 'x'), hardlink('a/d', 'a/b/c'), hardlink('z', 'a/d'))]);
    expect(tree.lstat('/a/b')).toMatchObject({ type: 'directory', mode: 0o755, uid: 0, mtime: 0 });
    const inode = tree.lstat('/z');
    expect(inode && tree.linksOf(inode)).toEqual(['/a/b/c', '/a/d', '/z']);
    const upper = openTree([layer(file('a', 'x'), hardlink('b', 'a')), layer(file('a', 'y'))]);
    expect([upper.readText('/a'), upper.readText('/b')]).toEqual(['y', 'x']);
  });

  it('refuses what cannot be applied', () => {
    for (const rows of [
      [file('a'), file('a/b')],
      [hardlink('a', 'b')],
      [symlink('a', 'a'), file('a/b')],
      [dir('a'), hardlink('b', 'a')],
    ]) {
      expect(() => openTree([layer(...rows)])).toThrowError(expect.objectContaining({ code: 'IMAGE_INVALID' }));
    }
  });
});

describe('resolution', () => {
  const tree = openTree([
    layer(
      file('usr/bin/env', 'e'),
      symlink('bin', 'usr/bin'),
      symlink('usr/bin/abs', '/bin/env'),
      symlink('loop', 'loop'),
      symlink('out', '../../../usr'),
      symlink('dangling', 'nowhere'),
    ),
  ]);
  it('follows as the kernel does in a chroot', () => {
    expect(tree.realpath('/bin/abs')).toBe('/usr/bin/env');
    expect(tree.resolveParent('/bin/abs')).toBe('/usr/bin/abs');
    expect(tree.realpath('/out/bin/../../bin/./env')).toBe('/usr/bin/env');
    expect(tree.realpath('/../..')).toBe('/');
    expect(tree.lstat('/bin/abs')?.type).toBe('symlink');
    expect(tree.stat('/bin/abs')?.type).toBe('file');
    expect(tree.stat('/loop')).toBeUndefined();
    expect(tree.stat('/dangling')).toBeUndefined();
    expect(tree.lstat('/usr/bin/env/x')).toBeUndefined();
    expect(tree.resolveParent('/bin/new')).toBe('/usr/bin/new');
    expect(tree.resolveParent('/no/new')).toBeUndefined();
    expect(tree.readdir('/bin')).toEqual(['abs', 'env']);
    expect(() => tree.readFile('/bin')).toThrowError(expect.objectContaining({ code: 'TREE_NOT_A_FILE' }));
    expect(() => tree.readFile('/bin/env', 0)).toThrowError(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
    expect(tree.readText('/none')).toBeUndefined();
  });
});

describe('changing a tree', () => {
  const open = (): MutableTree =>
    openTree([
      layer(
        dir('etc'),
        file('etc/a', 'one'),
        hardlink('etc/b', 'etc/a'),
        dir('usr'),
        dir('usr/lib'),
        symlink('lib', 'usr/lib'),
        file('usr/lib/x', 'x'),
      ),
    ]);

  it('reports content, metadata and removal, and no equal rewrite', () => {
    const tree = open();
    tree.writeFile('/lib/x', Buffer.from('x'), own);
    expect(tree.changes()).toEqual([]);
    tree.writeFile('/lib/new', { size: 3, read: () => Buffer.from('new') }, own);
    tree.setMetadata('/usr/lib/x', { mode: 0o4755 });
    tree.remove('/lib');
    expect(summary(tree)).toEqual(['- /lib', '+ /usr/lib/new', 'm /usr/lib/x']);
    expect(tree.readText('/usr/lib/new')).toBe('new');
    tree.setMetadata('/usr/lib/x', { mode: 0o644 });
    tree.remove('/usr/lib/new');
    tree.symlink('usr/lib', '/lib', own);
    expect(summary(tree)).toEqual([]);
  });

  it('keeps hard links apart and together', () => {
    const tree = open();
    tree.writeFile('/etc/b', Buffer.from('one'), own);
    expect(summary(tree)).toEqual(['m /etc/b']);
    tree.writeFile('/etc/a', Buffer.from('one'), own);
    tree.link('/etc/a', '/etc/b');
    expect(summary(tree)).toEqual([]);
    tree.setMetadata('/etc/b', { uid: 9 });
    expect(tree.lstat('/etc/a')?.uid).toBe(9);
    expect(summary(tree)).toEqual(['m /etc/a', 'm /etc/b']);
    const linked = open();
    linked.link('/etc/a', '/etc/c');
    expect(summary(linked)).toEqual(['+ /etc/c']);
  });

  it('lists nothing below a removed directory, and the rest of a replaced one', () => {
    const tree = open();
    tree.removeAll('/usr');
    expect(summary(tree)).toEqual(['- /usr']);
    tree.mkdir('/usr', { ...own, mode: 0o755 });
    expect(summary(tree)).toEqual(['- /usr/lib']);
    tree.rename('/etc', '/usr/etc');
    expect(summary(tree)).toEqual(['- /etc', '+ /usr/etc', '+ /usr/etc/a', '+ /usr/etc/b', '- /usr/lib']);
  });

  it('fails as the kernel would', () => {
    const tree = open();
    const codes: [() => void, string][] = [
      [() => tree.writeFile('/no/x', Buffer.from(''), own), 'TREE_NO_PARENT'],
      [() => tree.writeFile('/etc/a/x', Buffer.from(''), own), 'TREE_NO_PARENT'],
      [() => tree.writeFile('/etc', Buffer.from(''), own), 'TREE_EXISTS'],
      [() => tree.mkdir('/etc', own), 'TREE_EXISTS'],
      [() => tree.remove('/etc'), 'TREE_NOT_EMPTY'],
      [() => tree.remove('/none'), 'TREE_NOT_FOUND'],
      [() => tree.link('/etc', '/x'), 'TREE_NOT_A_FILE'],
      [() => tree.link('/none', '/x'), 'TREE_NOT_FOUND'],
      [() => tree.rename('/usr', '/usr/lib/deep'), 'TREE_EXISTS'],
      [() => tree.rename('/etc', '/usr'), 'TREE_NOT_EMPTY'],
      [() => tree.rename('/etc', '/usr/lib/x'), 'TREE_EXISTS'],
      [() => tree.rename('/etc/a', '/usr'), 'TREE_EXISTS'],
      [() => tree.setMetadata('/none', { mode: 0 }), 'TREE_NOT_FOUND'],
    ];
    for (const [work, code] of codes) expect(work).toThrowError(expect.objectContaining({ code }));
    expect(tree.changes()).toEqual([]);
  });

  it('forks cheaply, commits and drops', () => {
    const tree = open();
    const dropped = tree.fork();
    dropped.removeAll('/etc');
    expect(tree.readText('/etc/a')).toBe('one');
    const fork = tree.fork();
    fork.writeFile('/etc/c', Buffer.from('3'), own);
    const inner = fork.fork();
    inner.remove('/etc/a');
    inner.commit();
    expect(summary(fork)).toEqual(['- /etc/a', '+ /etc/c']);
    expect(summary(tree)).toEqual([]);
    fork.commit();
    expect(summary(tree)).toEqual(['- /etc/a', '+ /etc/c']);
    expect(() => dropped.commit()).toThrowError(expect.objectContaining({ code: 'TREE_STALE' }));
    fork.writeFile('/etc/d', Buffer.from('4'), own);
    expect(tree.lstat('/etc/d')).toBeUndefined();
    fork.commit();
    expect(tree.readText('/etc/d')).toBe('4');
  });

  it('starts from nothing', () => {
    const tree = emptyTree();
    tree.mkdir('/etc', { ...own, mode: 0o755 });
    tree.writeFile('/etc/os-release', Buffer.from('ID=x'), own);
    tree.mknod('/null', 'character', { major: 1, minor: 3 }, own);
    expect(summary(tree)).toEqual(['+ /etc', '+ /etc/os-release', '+ /null']);
  });
});

describe('size', () => {
  it('opens 100,000 entries quickly and small', () => {
    const rows: Row[] = [];
    for (let d = 0; d < 2000; d++) {
      rows.push(dir(`usr/share/package-${d}`));
      for (let f = 0; f < 49; f++) rows.push(file(`usr/share/package-${d}/some-file-${f}.txt`));
    }
    const big = layer(...rows);
    openTree([big]);
    (globalThis as { gc?: () => void }).gc?.();
    const start = performance.now();
    const tree = openTree([big]);
    const elapsed = performance.now() - start;
    expect(paths(tree).length).toBe(100_002);
    // 500 ms on a quiet machine; the bound is wide because the suite shares its cores.
    expect(elapsed).toBeLessThan(2000);
    const fork = tree.fork();
    fork.writeFile('/usr/share/package-7/new', Buffer.from('x'), own);
    const compare = performance.now();
    expect(summary(fork)).toEqual(['+ /usr/share/package-7/new']);
    expect(performance.now() - compare).toBeLessThan(100);
  });
});
