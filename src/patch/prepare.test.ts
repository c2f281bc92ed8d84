import { describe, expect, it } from 'vitest';
import { sha256 } from '../core/digest.ts';
import { SutureError } from '../core/errors/error.ts';
import { silent } from '../core/progress.ts';
import { emptyTree } from '../oci/tree/tree.ts';
import type { Exclusions, InstallOutcome, OpenedDatabase, OpenedRepositories, PlanStep } from '../packages/family.ts';
import { prepareChanges } from './prepare.ts';
import type { Workspace } from './workspace.ts';

const step = (name: string): PlanStep => ({
  action: 'upgrade',
  name,
  architecture: 'amd64',
  from: '1',
  to: '2',
  source: { name, version: '2' },
  file: { path: name, repository: 'main', size: 1, digest: sha256(name) },
  reason: 'asked',
});

/** A family in which a, b and c can change; what is excluded is pending. */
function situation(behaviour: {
  readonly fetch?: (name: string) => void;
  readonly install?: (names: readonly string[]) => InstallOutcome;
  readonly resolve?: (exclusions: Exclusions) => readonly PlanStep[];
}) {
  const tried: string[][] = [];
  const repositories = {
    resolve: (_: unknown, exclusions: Exclusions) => ({
      steps:
        behaviour.resolve?.(exclusions) ?? ['a', 'b', 'c'].filter((name) => !exclusions.has(`${name}:amd64`)).map(step),
      pending: [...exclusions].map(([name, { reason, detail }]) => ({
        name,
        architecture: '',
        from: '1',
        reason,
        detail,
      })),
    }),
    fetchToFile: async ({ path }: { path: string }) => {
      behaviour.fetch?.(path);
      return path;
    },
  } as unknown as OpenedRepositories;
  const database = {
    install: async (_: unknown, steps: readonly { step: PlanStep }[]) => {
      const names = steps.map((fetched) => fetched.step.name);
      tried.push(names);
      return behaviour.install?.(names) ?? { kind: 'installed', report: { notes: [] } };
    },
  } as unknown as OpenedDatabase;
  return { repositories, database, tried };
}

async function prepare(
  behaviour: Parameters<typeof situation>[0],
  known: Exclusions = new Map(),
  signal = new AbortController().signal,
) {
  const { repositories, database, tried } = situation(behaviour);
  const workspace = { progress: silent, signal, cacheDirectory: '/nonexistent' } as unknown as Workspace;
  const applying = { sourceDate: 0, exclusions: known };
  const done = await prepareChanges(workspace, emptyTree(), database, repositories, { scope: 'all' }, applying);
  const { steps, pending } = done.resolution;
  return {
    tried,
    steps: steps.map(({ name }) => name),
    pending: pending.map(({ name, reason }) => `${name} ${reason}`),
  };
}

const notNative = (name: string): InstallOutcome => ({
  kind: 'not-native',
  blockers: [{ package: name, script: 'postinst', reason: 'line 1: command frob' }],
});

describe('prepareChanges', () => {
  it('takes all when all can be applied', async () => {
    expect(await prepare({})).toEqual({ tried: [['a', 'b', 'c']], steps: ['a', 'b', 'c'], pending: [] });
  });

  it('leaves out what is not native, and tries the rest again', async () => {
    const install = (names: readonly string[]): InstallOutcome =>
      names.includes('b') ? notNative('b') : { kind: 'installed', report: { notes: [] } };
    expect(await prepare({ install })).toEqual({
      tried: [
        ['a', 'b', 'c'],
        ['a', 'c'],
      ],
      steps: ['a', 'c'],
      pending: ['b:amd64 script-not-native'],
    });
  });

  it('leaves out what cannot be fetched, but ends when a package was tampered with', async () => {
    const fail = (code: 'REPOSITORY_UNREACHABLE' | 'PACKAGE_HASH_MISMATCH') => (name: string) => {
      if (name === 'c') throw new SutureError(code, `${name} fails`);
    };
    const { steps, pending } = await prepare({ fetch: fail('REPOSITORY_UNREACHABLE') });
    expect([steps, pending]).toEqual([['a', 'b'], ['c:amd64 fetch-failed']]);
    await expect(prepare({ fetch: fail('PACKAGE_HASH_MISMATCH') })).rejects.toMatchObject({
      code: 'PACKAGE_HASH_MISMATCH',
    });
  });

  it('lets every download end before it tells a failure', async () => {
    const ended: string[] = [];
    const { repositories, database } = situation({});
    const slow = {
      ...repositories,
      fetchToFile: async ({ path }: { path: string }) => {
        if (path === 'a') throw new SutureError('PACKAGE_HASH_MISMATCH', path);
        await new Promise((resolve) => setTimeout(resolve, 20));
        ended.push(path);
        return path;
      },
    };
    const workspace = { progress: silent, signal: new AbortController().signal } as unknown as Workspace;
    const applying = { sourceDate: 0, exclusions: new Map() };
    const work = prepareChanges(workspace, emptyTree(), database, slow, { scope: 'all' }, applying);
    await expect(work).rejects.toMatchObject({ code: 'PACKAGE_HASH_MISMATCH' });
    expect(ended).toEqual(['b', 'c']);
  });

  it('begins with the exclusions it is given', async () => {
    const known = new Map([['a:amd64', { reason: 'fetch-failed' as const, detail: 'then' }]]);
    expect((await prepare({}, known)).tried).toEqual([['b', 'c']]);
  });

  it('ends when a blocker is in no step, and when the plan does not settle', async () => {
    await expect(prepare({ install: () => notNative('stranger') })).rejects.toMatchObject({ code: 'ENGINE_NEEDED' });
    const stubborn = { resolve: () => [step('b')], install: () => notNative('b') };
    await expect(prepare(stubborn)).rejects.toMatchObject({ code: 'ENGINE_NEEDED' });
  });

  it('stops on the signal', async () => {
    const stopped = new SutureError('INTERRUPTED', 'stopped');
    await expect(prepare({}, new Map(), AbortSignal.abort(stopped))).rejects.toBe(stopped);
  });
});
