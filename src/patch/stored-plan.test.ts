import { describe, expect, it } from 'vitest';
import { sha256 } from '../core/digest.ts';
import type { OpenedRepositories, Pending, PlanStep } from '../packages/family.ts';
import type { PlanDocument } from './plan-document.ts';
import { checkRepositories, checkSteps, exclusionsOf, lockOf } from './stored-plan.ts';

const step = (name: string, to = '2'): PlanStep => ({
  action: 'upgrade',
  name,
  architecture: 'amd64',
  from: '1',
  to,
  source: { name, version: to },
  file: { path: `pool/${name}.deb`, repository: 'main', size: 1, digest: sha256(name + to) },
  reason: 'asked',
});

const pending = (name: string, reason: Pending['reason']): Pending => ({
  name,
  architecture: 'amd64',
  from: '1',
  reason,
  detail: `${name}: ${reason}`,
});

const plan = {
  repositories: [{ id: 'main', digest: sha256('index') }],
  steps: [step('a'), step('b')].map((planned) => ({ ...planned, cves: ['CVE-2025-0001'] })),
  pending: [pending('s', 'script-not-native'), pending('f', 'fetch-failed'), pending('h', 'held')],
} as unknown as PlanDocument;

const code = (expected: string): unknown => expect.objectContaining({ code: expected });

describe('a stored plan', () => {
  it('locks its indexes, and excludes what the run that made it had to', () => {
    expect([...lockOf(plan)]).toEqual([['main', sha256('index')]]);
    expect([...exclusionsOf(plan).keys()]).toEqual(['s:amd64', 'f:amd64']);
  });

  it('is met by the same steps in the same order only', () => {
    const check = (...steps: PlanStep[]) => checkSteps(plan, { steps, pending: [] });
    expect(check(step('a'), step('b'))).toBeUndefined();
    const stale = [
      [step('b'), step('a')],
      [step('a')],
      [step('a'), step('b'), step('c')],
      [step('a', '3'), step('b')],
      [],
    ];
    for (const steps of stale) expect(() => check(...steps)).toThrow(code('PLAN_STALE'));
    expect(() => check(step('a'))).toThrow(/step 2 of the plan is upgrade b:amd64 1 → 2 .*, but would now be none/);
  });

  it('tells a package that cannot be fetched from a stale plan', () => {
    const failed = { steps: [step('a')], pending: [pending('b', 'fetch-failed')] };
    expect(() => checkSteps(plan, failed)).toThrow(code('REPOSITORY_UNREACHABLE'));
    const other = { steps: [step('a'), step('b')], pending: [pending('z', 'fetch-failed')] };
    expect(checkSteps(plan, other)).toBeUndefined();
  });

  it('needs all its repositories', () => {
    const opened = (ids: readonly string[], unusable: OpenedRepositories['unusable'] = []) =>
      ({ repositories: ids.map((id) => ({ id })), unusable }) as unknown as OpenedRepositories;
    expect(checkRepositories(plan, opened(['main', 'more']))).toBeUndefined();
    const gone = opened([], [{ id: 'main', reason: 'it does not answer' }]);
    expect(() => checkRepositories(plan, gone)).toThrow(/main: it does not answer/);
    expect(() => checkRepositories(plan, opened([]))).toThrow(/does not configure it/);
  });
});
