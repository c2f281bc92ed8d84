import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withDirectory } from '../../test/support/images.ts';
import { BASH, HOUR, prepared, sbom } from '../../test/support/scan-command.ts';

const GRYPE = {
  matches: [
    {
      vulnerability: {
        id: 'CVE-2026-7',
        severity: 'High',
        fix: { versions: ['3.0.17-1'], state: 'fixed' },
        dataSource: 'https://example.org/7',
      },
      relatedVulnerabilities: [],
      artifact: {
        name: 'libssl3',
        version: '3.0.11-1',
        type: 'deb',
        purl: 'pkg:deb/debian/libssl3@3.0.11-1?arch=amd64',
      },
    },
    {
      vulnerability: { id: 'GHSA-1', severity: 'Low', fix: { versions: [], state: 'unknown' } },
      artifact: { name: 'left-pad', version: '1', type: 'npm' },
    },
  ],
  source: { type: 'image', target: { userInput: 'app:1', architecture: 'amd64', layers: [], repoDigests: [] } },
  distro: { name: 'debian', version: '12' },
  descriptor: {
    name: 'grype',
    version: '0.90.0',
    timestamp: '2026-11-19T12:00:00Z',
    db: { status: { built: '2026-11-19T01:00:00Z' } },
  },
};

describe('suture scan', () => {
  it('shows the findings of an SBOM, and changes the exit code only when asked', () =>
    prepared(async (run, directory) => {
      const file = join(directory, 'app.cdx.json');
      const { code, stdout } = await run('scan', file);
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /CRITICAL +CVE-2026-3 +zlib +1:1\.3-1 +1:1\.3-2\nHIGH +CVE-2026-1 +bash +5\.2-2 +5\.2-3 +bash: one\n/,
      );
      expect(stdout).toMatch(/CVE-2026-2 +bash +5\.2-2 +will not be fixed/);
      expect(stdout).toMatch(/3 findings \(1 critical, 1 high, 1 unknown\), 2 with a fix/);
      expect((await run('scan', '--exit-code', '7', file)).code).toBe(7);
      expect((await run('scan', '--fail-on', 'critical', file)).code).toBe(1);
      expect((await run('scan', '--fail-on', 'critical', '--severity', 'LOW', file)).code).toBe(0);
      expect((await run('scan', '--exit-code', 'many', file)).code).toBe(2);
    }));

  it('writes the report as a file, whole', () =>
    prepared(async (run, directory) => {
      const path = join(directory, 'out.json');
      const result = await run('scan', '--format', 'json', '--output-file', path, join(directory, 'app.cdx.json'));
      expect(result).toMatchObject({ code: 0, stdout: '' });
      const report = JSON.parse(await readFile(path, 'utf8')) as unknown;
      const source = { Name: 'trivy-db', Buckets: [{ Name: 'debian 12', Found: true }] };
      expect(report).toMatchObject({ Suture: { Verdict: 'findings', Sources: [source] } });
      // Its own report is an inventory again.
      expect((await run('scan', path)).stdout).toMatch(/3 findings/);
      expect((await run('scan', '--report-findings', path)).stdout).toMatch(/knowledge: suture report/);
    }));

  it('gives the same bytes again for the same date', () =>
    prepared(
      async (run, directory) => {
        const line = ['scan', '--format', 'cyclonedx', join(directory, 'app.cdx.json')];
        expect((await run(...line)).stdout).toBe((await run(...line)).stdout);
      },
      { environment: { SOURCE_DATE_EPOCH: String(Math.floor(Date.now() / 1000)) } },
    ));

  it('refuses a stale database, and says how to allow it', () =>
    prepared(
      async (run, directory) => {
        const file = join(directory, 'app.cdx.json');
        const refused = await run('scan', file);
        expect(refused).toMatchObject({ code: 4, stdout: '' });
        expect(refused.stderr).toMatch(/DATABASE_STALE/);
        expect((await run('scan', '--max-db-age', '7d', file)).code).toBe(0);
        expect((await run('scan', '--max-db-age', 'any', file)).code).toBe(0);
      },
      { ageMs: 48 * HOUR },
    ));

  it('refuses to scan without a database, and takes one that is named', () =>
    prepared(
      async (run, directory) => {
        const file = join(directory, 'app.cdx.json');
        const refused = await run('scan', file);
        expect(refused.code).toBe(4);
        expect(refused.stderr).toMatch(/DATABASE_MISSING/);
        expect((await run('scan', '--db', join(directory, 'trivy-cache'), file)).stdout).toMatch(/3 findings/);
        expect((await run('scan', '--db', 'a'.repeat(64), file)).code).toBe(4);
        expect((await run('scan', '--db', './nowhere', file)).code).toBe(1);
      },
      { import: false },
    ));

  it('ends with 4 when nothing is known about the image, in whatever format', () =>
    prepared(async (run, directory) => {
      const unknown = join(directory, 'unknown.cdx.json');
      await writeFile(unknown, sbom('14.1', [BASH]));
      const empty = join(directory, 'empty.cdx.json');
      await writeFile(empty, sbom('12.5', []));
      for (const file of [unknown, empty]) {
        const { code, stdout } = await run('scan', file);
        expect(code).toBe(4);
        expect(stdout).toMatch(/unknown: nothing was found, and that says nothing/);
        expect((await run('scan', '--format', 'sarif', file)).code).toBe(4);
      }
      expect((await run('scan', unknown)).stdout).toMatch(
        /bucket-missing: the database has no advisories for "debian 14"/,
      );
      expect((await run('scan', '--exit-on-unknown', '0', unknown)).code).toBe(0);
    }));

  it('shows what is suppressed, and lets it no longer count', () =>
    prepared(async (run, directory) => {
      const vex = join(directory, 'vex.json');
      await writeFile(
        vex,
        JSON.stringify({
          '@context': 'https://openvex.dev/ns/v0.2.0',
          statements: [
            {
              vulnerability: { name: 'CVE-2026-3' },
              products: [{ '@id': 'pkg:deb/debian/zlib' }],
              status: 'not_affected',
              justification: 'vulnerable_code_not_present',
            },
          ],
        }),
      );
      const ignore = join(directory, 'ignore');
      await writeFile(ignore, 'CVE-2026-1 exp:2999-01-01 # next release\nCVE-2026-2 exp:2020-01-01\n');
      const file = join(directory, 'app.cdx.json');
      const result = await run('scan', '--vex', vex, '--ignorefile', ignore, '--fail-on', 'low', file);
      expect(result.stdout).toMatch(
        /CVE-2026-3 zlib 1:1\.3-1 +not_affected by .*vex\.json: vulnerable_code_not_present/,
      );
      expect(result.stdout).toMatch(/CVE-2026-1 bash 5\.2-2 +ignored by .*ignore: next release \(until 2999-01-01\)/);
      expect(result.stdout).toMatch(/1 finding \(1 unknown\), 0 with a fix; 2 suppressed/);
      expect(result.stderr).toMatch(/the entry for CVE-2026-2 expired on 2020-01-01/);
    }));

  it('annotates and filters by lists of exploitation', () =>
    prepared(async (run, directory) => {
      const kev = join(directory, 'kev.json');
      await writeFile(kev, JSON.stringify({ vulnerabilities: [{ cveID: 'CVE-2026-1', dateAdded: '2026-01-01' }] }));
      const epss = join(directory, 'epss.csv');
      await writeFile(epss, 'cve,epss,percentile\nCVE-2026-1,0.9,0.99\nCVE-2026-3,0.001,0.1\n');
      const file = join(directory, 'app.cdx.json');
      const { stdout } = await run('scan', '--kev', kev, '--epss', epss, '--min-epss', '0.1', file);
      expect(stdout).toMatch(/CVE-2026-1 .*KEV, EPSS 90\.0%/);
      expect(stdout).toMatch(/left out: 1 by EPSS/);
      expect((await run('scan', '--kev', kev, '--kev-only', file)).stdout).toMatch(
        /left out: 2 not known to be exploited/,
      );
      expect((await run('scan', '--kev-only', file)).code).toBe(2);
    }));

  it('tells a GitHub workflow', async () => {
    const summary: { text?: string } = {};
    await withDirectory(async (place) => {
      const environment = {
        GITHUB_ACTIONS: 'true',
        GITHUB_STEP_SUMMARY: join(place, 'summary.md'),
        GITHUB_OUTPUT: join(place, 'output'),
      };
      await prepared(
        async (run, directory) => {
          const { stderr } = await run('scan', join(directory, 'app.cdx.json'));
          expect(stderr).toMatch(/^::error title=CVE-2026-3 \(CRITICAL\)::zlib 1:1\.3-1, fix: 1:1\.3-2$/m);
          expect(stderr).toMatch(/^::notice /m);
        },
        { environment },
      );
      summary.text = await readFile(environment.GITHUB_STEP_SUMMARY, 'utf8');
      expect(await readFile(environment.GITHUB_OUTPUT, 'utf8')).toMatch(/^verdict=findings\nfindings=3\nfixable=2\n/);
    });
    expect(summary.text).toMatch(/^# Vulnerabilities of /);
  });

  it('takes further advisories, says who says what, and stands on them alone where there is no database', () =>
    prepared(
      async (run, directory) => {
        const osv = join(directory, 'osv.json');
        const affected = {
          package: { ecosystem: 'Debian:12', name: 'bash' },
          ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '5.2-9' }] }],
        };
        await writeFile(
          osv,
          JSON.stringify({ id: 'CVE-2026-77', modified: '2026-11-01T00:00:00Z', affected: [affected] }),
        );
        const file = join(directory, 'app.cdx.json');
        const alone = await run('scan', '--advisories', osv, file);
        expect(alone.code).toBe(0);
        expect(alone.stdout).toMatch(/knowledge: .*osv\.json of 2026-11-01T00:00:00Z/);
        expect(alone.stdout).toMatch(/1 finding \(1 unknown\), 1 with a fix/);
        const both = await run('scan', '--db', join(directory, 'trivy-cache'), '--advisories', osv, file);
        expect(both.stdout).toMatch(/4 findings/);
        const other = join(directory, 'other.cdx.json');
        await writeFile(other, sbom('11.1', [BASH]));
        const unknown = await run('scan', '--advisories', osv, other);
        expect(unknown.code).toBe(4);
        expect(unknown.stdout).toMatch(/holds no advisory for debian 11/);
      },
      { import: false },
    ));

  it('takes a Grype report at its word', () =>
    prepared(async (run, directory) => {
      const file = join(directory, 'grype.json');
      await writeFile(file, JSON.stringify(GRYPE));
      const { code, stdout } = await run('scan', file);
      expect(code).toBe(0);
      expect(stdout).toMatch(/knowledge: grype report .* of 2026-11-19T01:00:00Z/);
      expect(stdout).toMatch(/HIGH +CVE-2026-7 +libssl3 +3\.0\.11-1 +3\.0\.17-1/);
      expect(stdout).toMatch(/1 findings of .* outside OS packages are not shown/);
    }));
});
