import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePlan, planDigest, planJsonSchema } from '../../src/patch/plan-document.ts';
import { daemon, greet } from './support/packages.ts';
import { failure, type PlanResult, result, World } from './support/world.ts';

let world: World;
let image: string;
beforeAll(async () => {
  world = await World.open();
  image = `${await world.layout()}:1`;
});
afterAll(() => world.close());

describe('suture plan', () => {
  it('shows what changes, from which version to which, and what that fixes', async () => {
    const { code, stdout, stderr } = await world.run(['plan', ...world.archive.options, image]);
    expect({ code, stderr: stderr.includes('error') }).toEqual({ code: 0, stderr: false });
    const lines = stdout.split('\n').map((line) => line.replace(/ {2,}/g, '  '));
    expect(lines).toContain('greet  1.0-1  1.0-1+deb1u1  CVE-2025-0001 CVE-2025-0002');
    expect(lines).toContain('greet-data  new  1.0-1+deb1u1');
    expect(lines).toContain('3 packages, 2 vulnerabilities named in their changelogs, stable-security of 2025-03-03');
    expect(stdout).not.toContain('notes');
  });

  it('gives the same as a document, and saves a plan that is valid and keeps its digest', async () => {
    const file = world.path('plan.json');
    const { plan, planDigest: digest } = result<PlanResult>(await world.plan(image, ['--save', file]));
    const bytes = readFileSync(file);
    const saved = parsePlan(bytes, { name: file });
    expect(saved).toEqual(plan);
    expect(planDigest(saved)).toBe(digest);
    expect(plan.steps.map(({ name, action, to }) => `${action} ${name} ${to}`).sort()).toEqual([
      'install greet-data 1.0-1+deb1u1',
      'upgrade greet 1.0-1+deb1u1',
      'upgrade libgreet1 1.0-1+deb1u1',
    ]);
    expect(plan.base.reference).toBe(image);
    expect(plan.repositories.every(({ signedBy }) => signedBy.length === 1)).toBe(true);
    expect(plan.sourceDate).toBe(Date.parse('2025-03-03T10:00:00Z') / 1000);
    expect(readFileSync(new URL('../../docs/schemas/plan.schema.json', import.meta.url), 'utf8')).toBe(
      planJsonSchema(),
    );
  });

  it('takes every suite with --scope all', async () => {
    const { plan } = result<PlanResult>(await world.plan(image, ['--scope', 'all']));
    expect(plan.steps.map(({ name }) => name)).toContain('notes');
  });

  it('plans only what is named, and what that needs', async () => {
    const { plan } = result<PlanResult>(await world.plan(image, ['--only-packages', 'notes', '--scope', 'all']));
    expect(plan.steps.map(({ name }) => name)).toEqual(['notes']);
    const siblings = result<PlanResult>(await world.plan(image, ['--only-packages', 'libgreet1'])).plan;
    expect(siblings.steps.map(({ name }) => name).sort()).toEqual(['greet', 'greet-data', 'libgreet1']);
  });
});

describe('exit codes of plan', () => {
  it('0 or, when asked for detail, 10 when nothing is to be done', async () => {
    const current = `${await world.layout({ packages: greet('1.0-1+deb1u1') })}:1`;
    expect((await world.plan(current)).code).toBe(0);
    expect((await world.plan(current, ['--detailed-exitcode'])).code).toBe(10);
    expect((await world.plan(image, ['--detailed-exitcode'])).code).toBe(0);
  });

  it('3 when something is pending: a hold, a script that is not native', async () => {
    const held = `${await world.layout({ held: ['greet'] })}:1`;
    const { plan } = result<PlanResult>(await world.plan(held), 3);
    expect(plan.pending.map(({ name, reason }) => `${name} ${reason}`)).toContain('greet held');
    const scripted = `${await world.layout({ packages: [...greet('1.0-1'), daemon('1.0')] })}:1`;
    const partly = result<PlanResult>(await world.plan(scripted, ['--detailed-exitcode']), 3);
    expect(partly.plan.pending.map(({ name, reason }) => `${name} ${reason}`)).toEqual(['frobd script-not-native']);
    expect(partly.plan.steps.map(({ name }) => name).sort()).toEqual(['greet', 'greet-data', 'libgreet1']);
  });

  it.each([
    [['--scope', 'everything']],
    [['--severity', 'VERY']],
    [['--no-such-option']],
    [['--mirror', 'nothing']],
    [['--timeout', 'soon']],
  ])('2 for wrong usage: %s', async (args) => {
    expect((await world.plan(image, args)).code).toBe(2);
  });

  it('2 without an image, and for a name that is none', async () => {
    expect((await world.run(['plan'])).code).toBe(2);
    expect(failure(await world.plan('UPPER/Case:x:y'))).toEqual({ exit: 2, code: 'REFERENCE_INVALID' });
  });

  it('4 for an image that cannot be judged', async () => {
    const unknown = `${await world.layout({ packages: [], files: { '/var/lib/dpkg/status': { link: '/nowhere' } } })}:1`;
    const { exit } = failure(await world.plan(unknown));
    expect(exit).toBe(4);
    world.archive.server.intercept = () => ({ status: 404 });
    const unreachable = failure(await world.plan(image, [], { cache: world.path('cache') }));
    world.archive.server.intercept = () => undefined;
    expect(unreachable).toEqual({ exit: 4, code: 'NO_REPOSITORY' });
  });
});
