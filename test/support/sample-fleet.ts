import { type Digest, sha256 } from '../../src/core/digest.ts';
import type { Clock } from '../../src/core/ports.ts';
import { withFixed } from '../../src/fleet/run/outcome.ts';
import type { FleetFinding } from '../../src/fleet/run/scan.ts';
import { type FixState, recordFindings } from '../../src/fleet/store/findings.ts';
import { type ImageOwner, type ImageResult, recordResult } from '../../src/fleet/store/results.ts';
import { finishRun, startRun } from '../../src/fleet/store/runs.ts';
import { recordSlaDay } from '../../src/fleet/store/sla-days.ts';
import type { FleetStore } from '../../src/fleet/store/store.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** When the first run of the sample begins. */
export const SAMPLE_START = Date.parse('2026-01-01T00:00:00Z');

/** A clock that a test moves. */
export class TestClock implements Clock {
  time = SAMPLE_START;
  now(): number {
    return this.time;
  }
  sleep(): Promise<void> {
    return Promise.resolve();
  }
}

export const API = 'registry.example.org/shop/api:1.4';
export const WEB = 'registry.example.org/shop/web:2';
export const DATABASE = 'registry.example.org/infra/db:15';
export const OLD = 'registry.example.org/base/old:8';
export const BROKEN = 'registry.example.org/base/broken:1';

export const LEVELS = { KNOWN_EXPLOITED: DAY, CRITICAL: 2 * DAY, HIGH: 7 * DAY };

export const OPENSSL: FleetFinding = {
  vulnerability: 'CVE-2026-1001',
  package: 'libssl3',
  severity: 'CRITICAL',
  status: 'fixed',
  installedVersion: '3.0.11-1',
  fixedVersion: '3.0.11-1+deb12u2',
  title: 'openssl: a crafted certificate crashes the server',
  url: 'https://vulnerabilities.example.org/CVE-2026-1001',
};
export const EXPLOITED: FleetFinding = {
  vulnerability: 'CVE-2026-2002',
  package: 'libgreet1',
  severity: 'HIGH',
  status: 'fixed',
  installedVersion: '1.0',
  fixedVersion: '1.1',
  title: 'greet: runs what it reads',
};
export const UNFIXED: FleetFinding = {
  vulnerability: 'CVE-2025-3003',
  package: 'libc6',
  severity: 'MEDIUM',
  status: 'affected',
  installedVersion: '2.36-9',
};
export const WILL_NOT_FIX: FleetFinding = {
  ...UNFIXED,
  vulnerability: 'CVE-2011-3374',
  package: 'apt',
  severity: 'LOW',
  status: 'will_not_fix',
};

const REPOSITORY = {
  id: 'http://deb.example.org/debian bookworm-security main',
  digest: sha256('InRelease'),
  date: '2025-12-31T12:00:00Z',
};

export function sampleResult(reference: string, more: Partial<ImageResult> = {}): ImageResult {
  const digest = sha256(reference);
  return {
    reference,
    outcome: 'patched',
    digest,
    decision: sha256('decision'),
    publishedReference: `${reference}-patched-20251231120000`,
    publishedDigest: sha256(`${reference}-patched`),
    planDigest: sha256('plan'),
    baseDigest: digest,
    baseReference: reference,
    repositories: [REPOSITORY],
    steps: [
      {
        package: 'libssl3',
        architecture: 'amd64',
        action: 'upgrade',
        from: '3.0.11-1',
        to: '3.0.11-1+deb12u2',
        source: 'openssl',
        repository: REPOSITORY.id,
        size: 2_000_000,
        reason: 'security update',
        vulnerabilities: [],
      },
    ],
    layers: [
      {
        digest: sha256('base layer'),
        diffId: sha256('base diff'),
        size: 29_000_000,
        createdBy: 'ADD rootfs',
        ours: false,
      },
      {
        digest: sha256('patch layer'),
        diffId: sha256('patch diff'),
        size: 2_100_000,
        createdAt: '2025-12-31T12:00:00.000Z',
        ours: true,
      },
    ],
    detail: {
      changed: 1,
      pending: [],
      unusable: [],
      notes: [],
      database: sha256('database') as Digest,
      os: { family: 'debian', name: 'Debian GNU/Linux 12 (bookworm)' },
      platforms: ['linux/amd64'],
    },
    ...more,
  };
}

export interface SampleImage {
  readonly result: ImageResult;
  readonly owner?: ImageOwner;
  readonly before?: readonly FleetFinding[];
  readonly after?: readonly FleetFinding[];
  readonly fixOf?: (finding: FleetFinding) => FixState;
  readonly exploited?: ReadonlySet<string>;
}

/** Records an image the way a run does. */
export async function recordSample(store: FleetStore, run: string, image: SampleImage): Promise<void> {
  const { result, owner = {}, before, after = [], fixOf = fixAvailable, exploited = EXPLOITED_IDS } = image;
  if (before === undefined) return recordResult(store, run, result, owner);
  await recordFindings(store, result.reference, before, after, fixOf, { levels: LEVELS, exploited });
  await recordResult(store, run, withFixed(result, { before, remaining: after }, exploited), owner);
}

export const EXPLOITED_IDS: ReadonlySet<string> = new Set([EXPLOITED.vulnerability]);

/** What has a fixed version could be had since before anybody knew of it. */
function fixAvailable({ fixedVersion }: FleetFinding): FixState {
  return fixedVersion === undefined ? {} : { availableAt: REPOSITORY.date };
}

const SOURCE = 'suture.yaml';

/** Five images of three teams, as one run leaves them: patched, partly, clean, refused, failed. Returns the run's id. */
export async function recordSampleFleet(store: FleetStore): Promise<string> {
  const run = await startRun(store, { shard: '1/1', toolVersion: '1.0.0', images: 5 });
  await recordSample(store, run, {
    result: sampleResult(API),
    owner: { team: 'shop', owner: 'shop@example.org', set: 'shop', source: SOURCE },
    before: [OPENSSL, UNFIXED, WILL_NOT_FIX],
    after: [UNFIXED, WILL_NOT_FIX],
  });
  const held = { name: 'libgreet1', from: '1.0', to: '1.1', reason: 'held', detail: 'dpkg holds it' };
  const web = sampleResult(WEB, { outcome: 'partial' });
  await recordSample(store, run, {
    result: { ...web, detail: { ...web.detail, pending: [held] } },
    owner: { team: 'shop', owner: 'shop@example.org', set: 'shop', source: SOURCE },
    before: [OPENSSL, EXPLOITED, UNFIXED],
    after: [EXPLOITED, UNFIXED],
    fixOf: (finding) =>
      finding.package === 'libgreet1' ? { blockedBy: 'held: dpkg holds it' } : fixAvailable(finding),
  });
  await recordSample(store, run, {
    result: { ...sampleResult(DATABASE, { outcome: 'clean', publishedReference: DATABASE }), steps: [] },
    owner: { team: 'infra', set: 'infra', source: SOURCE },
    before: [UNFIXED],
    after: [UNFIXED],
  });
  await recordSample(store, run, {
    result: failed(OLD, 'refused', 'END_OF_LIFE'),
    owner: { set: 'base', source: SOURCE },
  });
  await recordSample(store, run, {
    result: failed(BROKEN, 'failed', 'IMAGE_NOT_FOUND'),
    owner: { set: 'base', source: SOURCE },
  });
  const counts = { patched: 1, clean: 1, partial: 1, pending: 0, refused: 1, failed: 1, unchanged: 0 };
  await finishRun(store, run, 'done', counts, { undiscovered: [], notes: ['a note'] });
  await recordSlaDay(store);
  return run;
}

function failed(reference: string, outcome: 'refused' | 'failed', code: string): ImageResult {
  const error = { code, message: `${reference}: why`, retryable: outcome === 'failed' };
  return { reference, outcome, repositories: [], detail: { changed: 0, pending: [], unusable: [], notes: [], error } };
}
