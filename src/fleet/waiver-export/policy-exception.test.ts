import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import {
  API,
  DAY,
  recordSampleFleet,
  SAMPLE_START,
  sampleResult,
  TestClock,
  UNFIXED,
  WEB,
} from '../../../test/support/sample-fleet.ts';
import { FleetStore } from '../store/store.ts';
import { addWaiver } from '../waivers.ts';
import { exportPolicyExceptions } from './policy-exception.ts';

/** What Kyverno's custom resource definition takes, member for member; the API server refuses unknown ones under kubectl. */
const policyException = z.strictObject({
  apiVersion: z.literal('policies.kyverno.io/v1'),
  kind: z.literal('PolicyException'),
  metadata: z.strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
      .max(253),
    namespace: z.string(),
    labels: z.record(z.string(), z.string().regex(/^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/)),
  }),
  spec: z.strictObject({
    policyRefs: z.array(z.strictObject({ kind: z.literal('ValidatingPolicy'), name: z.string() })).min(1),
    images: z.array(z.string()).min(1),
    expiresAt: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    properties: z.record(z.string(), z.string()),
  }),
});

describe('waivers as policy exceptions', () => {
  let directory: string;
  let store: FleetStore;
  const clock = new TestClock();
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'suture-kyverno-'));
    clock.time = SAMPLE_START;
    store = await FleetStore.open(join(directory, 'fleet.db'), clock);
    await recordSampleFleet(store);
  });
  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const options = { policy: 'require-approved-image', namespace: 'kyverno' };
  const waive = (vulnerability: string, days: number, image = 'registry.example.org/shop/**') =>
    addWaiver(store, {
      vulnerability,
      image,
      owner: 'jo@example.org',
      ticket: `SEC-${days}`,
      reason: 'not "reachable": no',
      justification: 'none',
      expiresAt: SAMPLE_START + days * DAY + 999,
    });
  const digest = (reference: string) => sampleResult(reference).digest;
  const published = (reference: string) => sampleResult(reference).publishedDigest;
  const exported = async () => {
    const { yaml, exceptions, withheld } = await exportPolicyExceptions(store, options);
    const objects =
      yaml === '' ? [] : parseAllDocuments(yaml).map((document) => policyException.parse(document.toJS()));
    expect(objects).toHaveLength(exceptions);
    return { objects, withheld };
  };

  it('let images through by digest, for as long as the waiver holds', async () => {
    const waiver = await waive('CVE-2026-2002', 10);
    const { objects, withheld } = await exported();
    expect(withheld).toEqual([]);
    expect(objects).toMatchObject([
      {
        metadata: { namespace: 'kyverno' },
        spec: {
          policyRefs: [{ kind: 'ValidatingPolicy', name: 'require-approved-image' }],
          images: [
            `registry.example.org/shop/web@${digest(WEB)}`,
            `registry.example.org/shop/web@${published(WEB)}`,
          ].sort(),
          expiresAt: '2026-01-11T00:00:00Z',
          properties: {
            reason: 'CVE-2026-2002: not "reachable": no',
            ticket: 'SEC-10',
            'approved-by': 'jo@example.org',
            waivers: waiver.id,
          },
        },
      },
    ]);
    expect((await exportPolicyExceptions(store, options)).yaml).toBe(
      (await exportPolicyExceptions(store, options)).yaml,
    );
    clock.time = SAMPLE_START + 11 * DAY;
    expect(await exported()).toEqual({ objects: [], withheld: [] });
  });

  it('end with the first waiver that an image needs, and come together for equal sets of waivers', async () => {
    await waive('CVE-2026-2002', 10);
    await waive(UNFIXED.vulnerability, 5);
    await waive(UNFIXED.vulnerability, 3, API);
    const { objects } = await exported();
    const ends = objects.map(({ spec }) => [spec.images.length, spec.images[0]?.split('@')[0], spec.expiresAt]);
    expect(ends.sort()).toEqual([
      [2, 'registry.example.org/shop/api', '2026-01-06T00:00:00Z'],
      [2, 'registry.example.org/shop/web', '2026-01-06T00:00:00Z'],
    ]);
  });

  it('do not let an image through for one vulnerability when another one is late', async () => {
    clock.time = SAMPLE_START + 2 * DAY;
    await waive(UNFIXED.vulnerability, 10);
    const { objects, withheld } = await exported();
    expect(withheld).toEqual([{ reference: WEB, reason: 'other findings of it are late' }]);
    expect(objects.flatMap(({ spec }) => spec.images)).toEqual(
      [`registry.example.org/shop/api@${digest(API)}`, `registry.example.org/shop/api@${published(API)}`].sort(),
    );
  });
});
