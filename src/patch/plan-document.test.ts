import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../core/digest.ts';
import { isSutureError } from '../core/errors/error.ts';
import type { Pending, PlanStep, RepositoryInfo } from '../packages/family.ts';
import { formatPlan, type PlanDocument, parsePlan, planDigest, planJsonSchema } from './plan-document.ts';

const repository: RepositoryInfo = {
  id: 'https://example.org/debian stable main',
  origin: 'Example',
  suite: 'stable',
  codename: 'stable',
  isSecurity: false,
  date: '2026-01-01T00:00:00Z',
  digest: sha256('index'),
  signedBy: ['ABCD'],
};
const step: PlanStep = {
  action: 'upgrade',
  name: 'libc6',
  architecture: 'amd64',
  from: '1',
  to: '2',
  source: { name: 'glibc', version: '2' },
  file: { path: 'pool/libc6.deb', repository: repository.id, size: 7, digest: sha256('deb') },
  reason: 'offered by a security suite',
};
const pending: Pending = { name: 'a', architecture: 'all', from: '1', reason: 'held', detail: 'held at 1' };

const plan: PlanDocument = {
  apiVersion: 'suture.dev/v1alpha1',
  kind: 'PatchPlan',
  tool: { name: 'suture', version: '0.1.0' },
  base: {
    reference: 'registry.example.org/app:1',
    digest: sha256('manifest'),
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    platform: { os: 'linux', architecture: 'amd64' },
    layers: [sha256('layer')],
  },
  os: { id: 'debian', version: '12.5', codename: 'bookworm', prettyName: 'Debian' },
  family: 'deb',
  repositories: [repository, { ...repository, id: 'https://example.org/debian stable contrib' }],
  unusable: [{ id: 'x', reason: 'unsigned' }],
  steps: [{ ...step, action: 'upgrade', from: '1', cves: ['CVE-2024-2', 'CVE-2024-1', 'CVE-2024-2'] }],
  pending: [{ ...pending, name: 'b' }, pending],
  engine: { name: 'native', reason: 'every script evaluates' },
  options: { scope: 'security', only: [{ name: 'libc6', minimum: '2', minimumOf: 'source' }] },
  sourceDate: 1767225600,
};

const parse = (value: unknown) => parsePlan(Buffer.from(JSON.stringify(value)), { name: 'plan.json' });

function refusal(value: unknown): string {
  try {
    parse(value);
  } catch (error) {
    if (isSutureError(error, 'PLAN_INVALID')) return error.message;
    throw error;
  }
  throw new Error('the plan was accepted');
}

describe('formatPlan', () => {
  it('is read back as the same plan, spelled the same', () => {
    const text = formatPlan(plan);
    const again = parsePlan(Buffer.from(text), { name: 'plan.json' });
    expect(formatPlan(again)).toBe(text);
    expect(planDigest(again)).toBe(planDigest(plan));
  });

  it('does not depend on the order of members or of lists without an order', () => {
    const shuffle = (value: unknown): unknown =>
      typeof value !== 'object' || value === null || Array.isArray(value)
        ? value
        : Object.fromEntries(
            Object.entries(value)
              .reverse()
              .map(([key, member]) => [key, shuffle(member)]),
          );
    const other = shuffle({
      ...plan,
      repositories: [...plan.repositories].reverse(),
      pending: [...plan.pending].reverse(),
    }) as PlanDocument;
    expect(Object.keys(other)).not.toEqual(Object.keys(plan));
    expect(formatPlan(other)).toBe(formatPlan(plan));
  });

  it('sorts and keeps each CVE once, and keeps the order of steps', () => {
    const first = plan.steps[0];
    if (first === undefined) throw new Error('the plan has a step');
    const steps = [first, { ...first, name: 'a' }];
    const written = JSON.parse(formatPlan({ ...plan, steps })) as PlanDocument;
    expect(written.steps.map((entry) => entry.name)).toEqual(['libc6', 'a']);
    expect(written.steps[0]?.cves).toEqual(['CVE-2024-1', 'CVE-2024-2']);
    expect(planDigest({ ...plan, steps })).not.toBe(planDigest({ ...plan, steps: [...steps].reverse() }));
  });

  it('has a digest that does not depend on names of places and texts for a person, nor on what is known', () => {
    const otherTexts = {
      ...plan,
      base: { ...plan.base, reference: 'mirror.example.org/app:1' },
      steps: plan.steps.map((step) => ({ ...step, cves: ['CVE-2026-1'] })),
      unusable: plan.unusable.map(({ id }) => ({ id, reason: 'mirror.example.org does not answer' })),
      pending: plan.pending.map((entry) => ({ ...entry, detail: 'from mirror.example.org' })),
    };
    expect(formatPlan(otherTexts)).not.toBe(formatPlan(plan));
    expect(planDigest(otherTexts)).toBe(planDigest(plan));
  });

  it('changes with every fact', () => {
    const digests = [
      plan,
      { ...plan, sourceDate: 1 },
      { ...plan, tool: { name: 'suture', version: '0.2.0' } },
      { ...plan, options: { scope: 'all' as const } },
      { ...plan, pending: [] },
    ].map(planDigest);
    expect(new Set(digests).size).toBe(digests.length);
  });
});

describe('parsePlan', () => {
  it('refuses what it does not know or what is wrong, naming the place', () => {
    const first = plan.steps[0];
    const withStep = (change: object) => ({ ...plan, steps: [{ ...first, ...change }] });
    const withFile = (change: object) => withStep({ file: { ...step.file, ...change } });
    expect(refusal({ ...plan, extra: 1 })).toMatch(/top level: .*extra/);
    expect(refusal({ ...plan, apiVersion: 'suture.dev/v2' })).toContain('apiVersion');
    expect(refusal(withFile({ path: '../../etc/passwd' }))).toContain('steps.0.file.path');
    expect(refusal(withFile({ path: 'pool/..' }))).toContain('steps.0.file.path');
    expect(refusal(withFile({ path: '/etc/passwd' }))).toContain('steps.0.file.path');
    expect(refusal(withFile({ digest: 'md5:1' }))).toContain('steps.0.file.digest');
    expect(refusal(withFile({ repository: 'elsewhere' }))).toContain('"elsewhere" is not a repository of the plan');
    expect(refusal(withStep({ action: 'install' }))).toContain('steps.0');
    expect(refusal({ ...plan, steps: [first, first] })).toContain('steps.1: libc6:amd64 is changed twice');
    expect(refusal({ ...plan, sourceDate: 1.5 })).toContain('sourceDate');
    expect(() => parsePlan(Buffer.from('{'), { name: 'plan.json' })).toThrow(
      'plan.json is not a valid plan: it is not JSON',
    );
  });

  it('answers any JSON with a refusal', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(plan)), (value, key) => {
        expect(refusal(value)).toContain('plan.json is not a valid plan');
        // A value in the place of a constant member is refused as well.
        if (key === 'kind' || key === 'apiVersion') expect(refusal({ ...plan, [key]: value })).toContain(key);
      }),
    );
  });
});

describe('planJsonSchema', () => {
  it('is what docs/schemas holds', async () => {
    await expect(planJsonSchema()).toMatchFileSnapshot('../../docs/schemas/plan.schema.json');
  });

  it('describes every member', () => {
    const schema = JSON.parse(planJsonSchema()) as { readonly properties: object };
    expect(Object.keys(schema.properties).sort()).toEqual(Object.keys(plan).sort());
  });
});
