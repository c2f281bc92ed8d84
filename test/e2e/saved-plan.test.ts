import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { PlanDocument } from '../../src/patch/plan-document.ts';
import { poolPath } from './support/archive.ts';
import { tagsOf } from './support/layouts.ts';
import { daemon, greet } from './support/packages.ts';
import { FIRST_TAG, failure, LATER_SECURITY, type PlanResult, patched, result, World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());
afterEach(() => world.publishFirst());

/** A layout, a plan of its image, and the digest that the run gave which made it. */
async function planned(sketch: Parameters<World['layout']>[0] = {}, args: readonly string[] = []) {
  const layout = await world.layout(sketch);
  const file = world.path('plan.json');
  const cache = world.path('cache');
  const finished = await world.plan(`${layout}:1`, ['--save', file, ...args], { cache });
  const code = finished.code;
  const { planDigest } = result<PlanResult>(finished, code);
  const { digest } = patched(await world.patch(`${layout}:1`, ['--dry-run', ...args], { cache }), code);
  return { layout, file, cache, code, planDigest, digest };
}

it('gives the result of the run that made it', async () => {
  const { layout, file, digest, planDigest } = await planned();
  const outcome = patched(await world.patch(`${layout}:1`, ['--plan', file], { cache: world.path('cache') }));
  expect(outcome).toMatchObject({ digest, planDigest, published: { reference: `${layout}:1-patched-${FIRST_TAG}` } });
});

it('gives it also when the archive went on, from what the cache holds, even without the network', async () => {
  const { layout, file, digest, cache } = await planned();
  await world.archive.publish(LATER_SECURITY);
  expect(patched(await world.patch(`${layout}:1`, ['--dry-run'], { cache })).digest).not.toBe(digest);
  expect(patched(await world.patch(`${layout}:1`, ['--plan', file, '--dry-run'], { cache })).digest).toBe(digest);
  const offline = await world.patch(`${layout}:1`, ['--plan', file, '--offline'], { cache });
  expect(patched(offline).digest).toBe(digest);
});

it('is refused when the archive went on and nothing has the old index', async () => {
  const { layout, file } = await planned();
  await world.archive.publish(LATER_SECURITY);
  const finished = await world.patch(`${layout}:1`, ['--plan', file], { cache: world.path('cache') });
  expect(failure(finished)).toEqual({ exit: 1, code: 'REPOSITORY_CHANGED' });
  expect(tagsOf(layout)).toEqual(['1']);
});

it('is refused for another base', async () => {
  const { file } = await planned();
  const other = await world.layout({ files: { '/srv/other': 'x' } });
  expect(failure(await world.patch(`${other}:1`, ['--plan', file]))).toEqual({ exit: 4, code: 'PLAN_STALE' });
  expect(tagsOf(other)).toEqual(['1']);
});

it('keeps what it decided: names, scope, SOURCE_DATE_EPOCH and what was pending', async () => {
  const narrow = await planned({}, ['--scope', 'all', '--only-packages', 'notes']);
  const same = patched(await world.patch(`${narrow.layout}:1`, ['--plan', narrow.file]));
  expect([same.digest, same.plan.steps.map(({ name }) => name)]).toEqual([narrow.digest, ['notes']]);
  const partly = await planned({ packages: [...greet('1.0-1'), daemon('1.0')] });
  expect(partly.code).toBe(3);
  const again = patched(await world.patch(`${partly.layout}:1`, ['--plan', partly.file]), 3);
  expect([again.digest, again.planDigest]).toEqual([partly.digest, partly.planDigest]);
});

it('does not take up a package that could not be fetched then', async () => {
  const layout = await world.layout({ packages: [...greet('1.0-1'), daemon('1.0')] });
  const file = world.path('plan.json');
  const [library] = greet('1.0-1+deb1u1');
  if (library === undefined) throw new Error('no library');
  const gone = poolPath(library);
  world.archive.server.intercept = ({ url }) =>
    decodeURIComponent(url ?? '') === `/${gone}` ? { status: 404 } : undefined;
  const { plan } = result<PlanResult>(
    await world.plan(`${layout}:1`, ['--save', file, '--scope', 'all'], { cache: world.path('c') }),
    3,
  );
  expect(plan.pending.map(({ name, reason }) => `${name} ${reason}`)).toContain('libgreet1 fetch-failed');
  await world.publishFirst();
  const outcome = patched(
    await world.patch(`${layout}:1`, ['--plan', file, '--dry-run'], { cache: world.path('c') }),
    3,
  );
  expect(outcome.plan).toEqual(plan);
});

it('says that a package cannot be fetched, rather than that the plan is stale', async () => {
  const { layout, file } = await planned();
  world.archive.server.intercept = ({ url }) => (url?.startsWith('/pool/') ? { status: 404 } : undefined);
  const finished = await world.patch(`${layout}:1`, ['--plan', file], { cache: world.path('cache') });
  expect(failure(finished)).toEqual({ exit: 1, code: 'REPOSITORY_UNREACHABLE' });
});

it.each<[string, (plan: PlanDocument) => unknown]>([
  [
    'another version',
    (plan) => ({ ...plan, steps: plan.steps.map((one, at) => (at === 0 ? { ...one, to: '9' } : one)) }),
  ],
  [
    'another package digest',
    (plan) => ({
      ...plan,
      steps: plan.steps.map((one) => ({ ...one, file: { ...one.file, digest: `sha256:${'0'.repeat(64)}` } })),
    }),
  ],
  ['a step less', (plan) => ({ ...plan, steps: plan.steps.slice(1) })],
  ['another order', (plan) => ({ ...plan, steps: [...plan.steps].reverse() })],
])('is refused with %s than the signed index gives', async (_, change) => {
  const { layout, file, cache } = await planned();
  writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8')) as PlanDocument)));
  const finished = await world.patch(`${layout}:1`, ['--plan', file], { cache });
  expect(failure(finished)).toEqual({ exit: 4, code: 'PLAN_STALE' });
  expect(tagsOf(layout)).toEqual(['1']);
});

it('is refused with options that it decides, and when it is no plan', async () => {
  const { layout, file } = await planned();
  for (const args of [
    ['--only-packages', 'greet'],
    ['--severity', 'HIGH'],
    ['--report', file],
  ])
    expect(failure(await world.patch(`${layout}:1`, ['--plan', file, ...args]))).toEqual({ exit: 2, code: 'USAGE' });
  writeFileSync(file, '{"kind":"PatchPlan"}');
  expect(failure(await world.patch(`${layout}:1`, ['--plan', file]))).toEqual({ exit: 2, code: 'PLAN_INVALID' });
  expect(failure(await world.patch(`${layout}:1`, ['--plan', `${file}.none`])).code).toBe('FILE_UNREADABLE');
});
