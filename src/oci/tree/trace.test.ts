import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexOf, type Operation, operations, own, run, tarOf } from '../../../test/support/random-tree.ts';
import { sha256 } from '../../core/digest.ts';
import type { TraceableLayer, TraceRecord } from './trace.ts';
import { openTracedTree, openTree } from './tree.ts';
import type { MutableTree } from './types.ts';

async function layerOver(below: readonly TraceableLayer[], todo: readonly Operation[]): Promise<TraceableLayer> {
  const tree = openTree(below);
  run(tree, todo);
  return layerOf(await tarOf(tree));
}

function layerOf(tar: Buffer): TraceableLayer {
  const index = indexOf(tar);
  return Object.assign(Object.create(index) as typeof index, {
    count: index.count,
    path: (at: number) => index.path(at),
    type: (at: number) => index.type(at),
    entry: (at: number) => index.entry(at),
    read: (offset: number, size: number) => index.read(offset, size),
    readInto: (offset: number, target: Uint8Array) => index.readInto?.(offset, target),
    diffId: sha256(tar),
  });
}

/** What a piece of work gives: the layer that it makes. */
async function worked(layers: readonly TraceableLayer[], work: (tree: MutableTree) => void) {
  const { tree, trace } = openTracedTree(layers);
  work(tree);
  return { tar: await tarOf(tree), trace };
}

/** Looks at things as a patch does, on a fork that may be dropped, and writes what it saw. */
function looking(path: string): Operation {
  return (tree) => {
    const fork = tree.fork();
    const seen = [
      fork.readdir(path).join(),
      fork.realpath(path),
      fork.readText(path),
      fork.stat(path)?.type,
      [...fork.walk(path)].map((entry) => `${entry.path} ${entry.inode.mode}`).join(),
      fork.lstat(path)?.type === 'file' ? fork.linksOf(fork.lstat(path) ?? fail()).join() : '',
    ];
    fork.writeFile('/seen', Buffer.from(seen.join('\n')), own);
    if (seen.join().length % 2 === 0) fork.commit();
  };
}

function fail(): never {
  throw new Error('gone');
}

describe('a trace', () => {
  it('agrees with the tree that it was made on, and survives being written down', async () => {
    await fc.assert(
      fc.asyncProperty(operations, operations, async (base, work) => {
        const layers = [await layerOver([], base)];
        const { trace } = await worked(layers, (tree) => run(tree, work));
        const record = JSON.parse(JSON.stringify(trace.record())) as TraceRecord;
        expect(openTracedTree(layers).trace.agreesWith(record)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('agrees with another tree only where the same work makes the same layer', async () => {
    let agreed = 0;
    const look = fc.array(fc.constantFrom('/a', '/b', '/a/b', '/', '/c.d').map(looking), { maxLength: 2 });
    await fc.assert(
      fc.asyncProperty(operations, operations, fc.tuple(operations, look), async (base, app, [changes, looks]) => {
        const work = (tree: MutableTree) => run(tree, [...looks, ...changes.slice(0, 6)]);
        const lower = [await layerOver([], base)];
        const whole = [...lower, await layerOver(lower, app.slice(0, 3))];
        const first = await worked(lower, work);
        const second = await worked(whole, work);
        if (!openTracedTree(whole).trace.agreesWith(first.trace.record())) return;
        agreed++;
        expect(sha256(second.tar)).toBe(sha256(first.tar));
      }),
      { numRuns: 1500 },
    );
    expect(agreed).toBeGreaterThan(100);
  }, 120_000);

  it('is not disturbed by what the work did not look at', async () => {
    const base = await layerOver(
      [],
      [
        (tree) => tree.mkdir('/etc', own),
        (tree) => tree.writeFile('/etc/conf', Buffer.from('a'), own),
        (tree) => tree.mkdir('/srv', own),
      ],
    );
    const work = (tree: MutableTree) => {
      tree.readText('/etc/conf');
      tree.lstat('/etc/other');
      tree.writeFile('/etc/conf', Buffer.from('b'), own);
    };
    const { trace } = await worked([base], work);
    const record = trace.record();
    const over = async (...todo: Operation[]) => {
      const layers = [base, await layerOver([base], todo)];
      const agrees = openTracedTree(layers).trace.agreesWith(record);
      const same = sha256((await worked(layers, work)).tar) === sha256((await worked([base], work)).tar);
      return [agrees, same];
    };
    expect(await over((tree) => tree.writeFile('/srv/app', Buffer.from('x'), own))).toEqual([true, true]);
    expect(await over((tree) => tree.writeFile('/etc/mine', Buffer.from('x'), own))).toEqual([true, true]);
    expect(await over((tree) => tree.setMetadata('/srv', { mtime: 9 }))).toEqual([true, true]);
    // The patch layer holds /etc as it is.
    expect(await over((tree) => tree.setMetadata('/etc', { mtime: 9 }))).toEqual([false, false]);
    expect(await over((tree) => tree.writeFile('/etc/other', Buffer.from('x'), own))).toEqual([false, true]);
    expect((await over((tree) => tree.writeFile('/etc/conf', Buffer.from('c'), own)))[0]).toBe(false);
    expect((await over((tree) => tree.remove('/etc/conf')))[0]).toBe(false);
    expect((await over((tree) => tree.link('/etc/conf', '/srv/conf'))).at(0)).toBe(false);
    const moved: Operation = (tree) => {
      tree.rename('/etc', '/usr-etc');
      tree.symlink('usr-etc', '/etc', own);
    };
    expect(await over(moved)).toEqual([false, false]);
  });

  it('tells the same layer at two places apart', async () => {
    const layer = await layerOver([], [(tree) => tree.writeFile('/a', Buffer.from('x'), own)]);
    const linked = await layerOver([layer], [(tree) => tree.link('/a', '/c')]);
    const work = (tree: MutableTree) => {
      if (tree.lstat('/a')?.ino === tree.lstat('/c')?.ino) tree.writeFile('/one', Buffer.from('1'), own);
    };
    const { trace } = await worked([layer, linked], work);
    expect(openTracedTree([layer, linked, layer]).trace.agreesWith(trace.record())).toBe(false);
  });
});
