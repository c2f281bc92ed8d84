import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importAdvisories } from './support/advisories.ts';
import { type PlanResult, result, World } from './support/world.ts';

const ADVISORIES = {
  'debian 12': {
    greet: {
      'CVE-2025-0001': { FixedVersion: '1.0-1+deb1u1', Severity: 3 },
      'CVE-2025-9999': { Status: 5, Severity: 3 },
    },
    notes: { 'CVE-2025-0050': { FixedVersion: '2.1', Severity: 1 } },
  },
  vulnerability: { 'CVE-2025-0001': { Title: 'greet: overflow', Severity: 'HIGH' } },
  'data-source': { 'debian 12': { ID: 'debian', Name: 'Debian', URL: 'https://example.org' } },
};

interface DiffJson {
  readonly packages: readonly { readonly name: string }[];
  readonly findings: {
    readonly gone: readonly { readonly vulnerability: string; readonly why: string }[];
    readonly added: readonly { readonly package: { readonly name: string } }[];
  };
}

let world: World;
let image: string;
beforeAll(async () => {
  world = await World.open();
  image = `${await world.layout({ files: { '/etc/debian_version': '12.5\n' } })}:1`;
  await importAdvisories(world, ADVISORIES);
});
afterAll(() => world.close());

describe('suture scan of an image', () => {
  it('finds what its packages have, by source package', async () => {
    const { code, stdout } = await world.call(['scan', image]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/HIGH +CVE-2025-0001 +greet +1\.0-1 +1\.0-1\+deb1u1 +greet: overflow/);
    expect(stdout).toMatch(/HIGH +CVE-2025-0001 +libgreet1 /);
    expect(stdout).toMatch(/LOW +CVE-2025-0050 +notes +2\.0 +2\.1/);
  });

  it('needs no layer for an image that it knows', async () => {
    await world.call(['scan', image]);
    const cached = join(world.cache, 'layers');
    expect(readdirSync(cached).length).toBeGreaterThan(0);
    rmSync(cached, { recursive: true });
    expect((await world.call(['scan', image])).stdout).toMatch(/CVE-2025-0001/);
    expect(() => readdirSync(cached)).toThrow();
  });
});

describe('suture plan by findings', () => {
  const names = (plan: PlanResult['plan']) => plan.steps.map(({ name }) => name).sort();

  it('changes only what fixes the severities asked for, and says what has no fix', async () => {
    const planned = result<PlanResult>(await world.plan(image, ['--severity', 'HIGH,CRITICAL', '--scope', 'all']));
    expect(names(planned.plan)).toEqual(['greet', 'greet-data', 'libgreet1']);
    expect(planned.plan.steps.find(({ name }) => name === 'greet')?.cves).toContain('CVE-2025-0001');
    expect(planned.notes.join('\n')).toMatch(/without a fix, the distribution will not fix: CVE-2025-9999 \(greet\)/);
    expect(planned.notes.join('\n')).toMatch(/findings are those of the database sha256:/);
    const low = result<PlanResult>(await world.plan(image, ['--severity', 'LOW', '--scope', 'all']));
    expect(names(low.plan)).toEqual(['notes']);
  });

  it('leaves alone what is ignored', async () => {
    const { plan } = result<PlanResult>(await world.plan(image, ['--ignore', 'CVE-2025-0001', '--scope', 'all']));
    expect(names(plan)).toEqual(['notes']);
  });

  it('refuses a stale or missing database instead of planning less', async () => {
    expect((await world.plan(image, ['--severity', 'HIGH', '--max-db-age', '30m'])).code).toBe(4);
    expect((await world.plan(image, ['--severity', 'HIGH'], { cache: world.path('other-cache') })).code).toBe(4);
  });
});

describe('suture diff of an image and its patch', () => {
  it('shows what the patch fixed and what remains', async () => {
    const { code } = await world.patch(image, ['--severity', 'HIGH', '--tag', 'fixed']);
    expect(code).toBe(0);
    const fixed = image.replace(/:1$/, ':fixed');
    const { stdout } = await world.call(['diff', '--output', 'json', image, fixed]);
    const { packages, findings } = JSON.parse(stdout) as DiffJson;
    expect(packages.map(({ name }) => name)).toEqual(['greet', 'greet-data', 'libgreet1']);
    const gone = findings.gone.map(({ vulnerability, why }) => `${vulnerability} ${why}`);
    expect(new Set(gone)).toEqual(new Set(['CVE-2025-0001 fixed']));
    expect(findings.added.filter((entry) => entry.package.name !== 'greet-data')).toEqual([]);
  });
});
