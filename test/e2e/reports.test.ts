import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { daemon, greet, notes } from './support/packages.ts';
import { failure, type PlanResult, patched, result, World } from './support/world.ts';

let world: World;
let image: string;
beforeAll(async () => {
  world = await World.open();
  image = `${await world.layout({ packages: [...greet('1.0-1'), notes('2.0'), daemon('1.0')] })}:1`;
});
afterAll(() => world.close());

function save(value: unknown): string {
  const path = world.path('report.json');
  writeFileSync(path, JSON.stringify(value));
  return path;
}

interface Finding {
  readonly name: string;
  readonly fixed?: string;
  readonly severity?: string;
}

/** A report as `trivy image --format json` writes it. */
function trivy(
  findings: readonly Finding[],
  change: { os?: string; architecture?: string; class?: string } = {},
): string {
  return save({
    SchemaVersion: 2,
    ArtifactName: 'registry.example.org/app:1',
    ArtifactType: 'container_image',
    Metadata: {
      OS: { Family: 'debian', Name: change.os ?? '12.5' },
      ImageConfig: {
        architecture: change.architecture ?? 'amd64',
        os: 'linux',
        rootfs: { type: 'layers', diff_ids: [] },
      },
    },
    Results: [
      {
        Target: 'registry.example.org/app:1 (debian 12.5)',
        Class: change.class ?? 'os-pkgs',
        Type: 'debian',
        Vulnerabilities: findings.map(({ name, fixed, severity = 'HIGH' }, at) => ({
          VulnerabilityID: `CVE-2025-000${at + 1}`,
          PkgID: `${name}@1.0-1`,
          PkgName: name,
          InstalledVersion: '1.0-1',
          ...(fixed === undefined ? {} : { FixedVersion: fixed }),
          Status: fixed === undefined ? 'affected' : 'fixed',
          Severity: severity,
        })),
      },
    ],
  });
}

const LIBRARY = { name: 'libgreet1', fixed: '1.0-1+deb1u1' };

async function names(args: readonly string[], code = 0): Promise<string[]> {
  return result<PlanResult>(await world.plan(image, args), code)
    .plan.steps.map(({ name }) => name)
    .sort();
}

it('changes what a Trivy report asks and what that needs, nothing else', async () => {
  expect(await names(['--report', trivy([LIBRARY])])).toEqual(['greet', 'greet-data', 'libgreet1']);
  const done = patched(await world.patch(image, ['--report', trivy([LIBRARY]), '--dry-run']));
  expect(done.plan.options.only?.map(({ name, minimum }) => [name, minimum])).toEqual([['libgreet1', '1.0-1+deb1u1']]);
});

it('leaves out what has no fix, and what another severity has', async () => {
  expect(await names(['--report', trivy([{ name: 'libgreet1' }])])).toEqual([]);
  const report = trivy([{ ...LIBRARY, severity: 'LOW' }]);
  expect(await names(['--report', report, '--severity', 'HIGH,CRITICAL'])).toEqual([]);
  expect(await names(['--report', report, '--severity', 'LOW'])).toContain('libgreet1');
});

it('says what it cannot reach', async () => {
  const { plan } = result<PlanResult>(
    await world.plan(image, ['--report', trivy([{ name: 'libgreet1', fixed: '9' }])]),
    3,
  );
  expect(plan.pending.map(({ name, reason }) => `${name} ${reason}`)).toEqual(['libgreet1 not-in-repository']);
  const missing = await world.plan(image, ['--report', trivy([{ name: 'absent', fixed: '1' }])]);
  expect(result<PlanResult>(missing, 3).plan.pending.map(({ reason }) => reason)).toEqual(['not-installed']);
});

it('reads a Copa manifest', async () => {
  const report = save({
    apiVersion: 'v1alpha1',
    metadata: { os: { type: 'debian', version: '12.5' }, config: { arch: 'amd64' } },
    updates: [
      { name: 'libgreet1', installedVersion: '1.0-1', fixedVersion: '1.0-1+deb1u1', vulnerabilityID: 'CVE-2025-0001' },
    ],
  });
  expect(await names(['--report', report])).toEqual(['greet', 'greet-data', 'libgreet1']);
});

it.each<[string, () => string, { exit: number; code: string }]>([
  ['of another release', () => trivy([LIBRARY], { os: '11.9' }), { exit: 2, code: 'REPORT_MISMATCH' }],
  ['of another architecture', () => trivy([LIBRARY], { architecture: 'arm64' }), { exit: 2, code: 'REPORT_MISMATCH' }],
  ['of languages only', () => trivy([], { class: 'lang-pkgs' }), { exit: 4, code: 'REPORT_INCOMPLETE' }],
  ['of no known format', () => save({ matches: [] }), { exit: 2, code: 'REPORT_UNSUPPORTED' }],
  ['that is not there', () => '/nonexistent/report.json', { exit: 1, code: 'FILE_UNREADABLE' }],
])('refuses a report %s', async (_, report, expected) => {
  expect(failure(await world.patch(image, ['--report', report()]))).toEqual(expected);
});
