import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { advisoryBuckets } from '../../test/support/advisory-database.ts';
import { writeBolt } from '../../test/support/bolt-writer.ts';
import { withDirectory } from '../../test/support/images.ts';
import { COMMANDS } from './commands/index.ts';
import { runProgram } from './program.ts';

const HOUR = 3_600_000;

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

type Suture = (...line: string[]) => Promise<Run>;

async function suture(directory: string, environment: Record<string, string>, line: readonly string[]): Promise<Run> {
  const written = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof written) => ({
    write: (text: string) => {
      written[name] += text;
    },
    isTerminal: false,
    columns: 200,
  });
  const code = await runProgram(COMMANDS, '0', [...line, '--cache-dir', join(directory, 'cache')], {
    terminal: { stdout: stream('stdout'), stderr: stream('stderr') },
    environment,
    signal: new AbortController().signal,
  });
  return { code, ...written };
}

const TREE = {
  'debian 12': {
    bash: { 'CVE-2026-1': { FixedVersion: '5.2-3', Severity: 3 }, 'CVE-2026-2': { Status: 5 } },
    zlib: { 'CVE-2026-3': { FixedVersion: '1:1.3-2', Severity: 4 } },
  },
  vulnerability: { 'CVE-2026-1': { Title: 'bash: one', Severity: 'HIGH' } },
  'data-source': { 'debian 12': { ID: 'debian', Name: 'Debian', URL: 'https://example.org' } },
};

function sbom(release: string, purls: readonly string[]): string {
  return JSON.stringify({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    components: [
      { 'bom-ref': 'os', type: 'operating-system', name: 'debian', version: release },
      ...purls.map((purl) => {
        const [, name, version] = /\/([^/@]+)@([^?]+)/.exec(purl) ?? [];
        return { 'bom-ref': purl, type: 'library', name, version: decodeURIComponent(version ?? ''), purl };
      }),
    ],
  });
}

const BASH = 'pkg:deb/debian/bash@5.2-2?arch=amd64&distro=debian-12.5';
const ZLIB = 'pkg:deb/debian/zlib@1.3-1?arch=amd64&epoch=1&distro=debian-12.5';

/** A cache with a database, a file to scan, and the command line in it. */
async function prepared(
  work: (run: Suture, directory: string) => Promise<void>,
  {
    ageMs = HOUR,
    environment = {},
    import: imports = true,
  }: { ageMs?: number; environment?: Record<string, string>; import?: boolean } = {},
): Promise<void> {
  await withDirectory(async (directory) => {
    const database = join(directory, 'trivy-cache');
    await mkdir(database);
    writeBolt(join(database, 'trivy.db'), advisoryBuckets(TREE));
    const time = new Date(Date.now() - ageMs).toISOString();
    await writeFile(join(database, 'metadata.json'), JSON.stringify({ Version: 2, UpdatedAt: time, NextUpdate: time }));
    await writeFile(join(directory, 'app.cdx.json'), sbom('12.5', [BASH, ZLIB]));
    const run: Suture = (...line) => suture(directory, environment, line);
    if (imports) await run('db', 'import', database);
    await work(run, directory);
  });
}

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
      const report = JSON.parse(await readFile(path, 'utf8'));
      expect(report.Suture.Verdict).toBe('findings');
      expect(report.Suture.Sources[0]).toMatchObject({
        Name: 'trivy-db',
        Buckets: [{ Name: 'debian 12', Found: true }],
      });
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

describe('suture diff', () => {
  const PATCHED = 'pkg:deb/debian/bash@5.2-3?arch=amd64&distro=debian-12.5';
  const OLD_ZLIB = 'pkg:deb/debian/zlib@1.3-0?arch=amd64&epoch=1&distro=debian-12.5';

  it('tells fixed, new and remaining findings, and changed packages', () =>
    prepared(async (run, directory) => {
      const [a, b] = [join(directory, 'a.cdx.json'), join(directory, 'b.cdx.json')];
      await writeFile(a, sbom('12.5', [BASH]));
      await writeFile(b, sbom('12.5', [PATCHED, OLD_ZLIB]));
      const { code, stdout } = await run('diff', '--output', 'json', a, b);
      expect(code).toBe(0);
      const ids = (list: { vulnerability: string }[]) => list.map(({ vulnerability }) => vulnerability);
      const { packages, findings } = JSON.parse(stdout);
      expect(packages).toEqual([
        { name: 'bash', architecture: 'amd64', from: '5.2-2', to: '5.2-3' },
        { name: 'zlib', architecture: 'amd64', to: '1:1.3-0' },
      ]);
      expect(findings.gone).toMatchObject([{ vulnerability: 'CVE-2026-1', why: 'fixed' }]);
      expect([ids(findings.added), ids(findings.remaining)]).toEqual([['CVE-2026-3'], ['CVE-2026-2']]);
      expect((await run('diff', '--exit-code', '6', a, b)).code).toBe(6);
      expect((await run('diff', '--exit-code', '6', a, a)).code).toBe(0);
      expect((await run('diff', a, b)).stdout).toMatch(/1 fixed, 1 new, 1 remaining; 2 packages changed/);
      expect((await run('diff', '--format', 'markdown', b, a)).stdout).toMatch(/\| `zlib` \| `1:1\.3-0` \| `—` \|/);
      expect(JSON.parse((await run('diff', '--output', 'json', b, a)).stdout).findings.gone).toMatchObject([
        { vulnerability: 'CVE-2026-3', why: 'removed' },
      ]);
    }));

  it('never calls a finding fixed when nothing is known about the second', () =>
    prepared(async (run, directory) => {
      const unknown = join(directory, 'unknown.cdx.json');
      await writeFile(unknown, sbom('14.1', [BASH]));
      const { code, stdout } = await run('diff', '--output', 'json', join(directory, 'app.cdx.json'), unknown);
      expect(code).toBe(4);
      expect(new Set(JSON.parse(stdout).findings.gone.map(({ why }: { why: string }) => why))).toEqual(
        new Set(['unknown']),
      );
    }));
});

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

/** Stands in for Trivy: checks every switch that keeps it off the network, and writes a fixed report. */
const FAKE_TRIVY = `#!/bin/sh
if [ "$1" = version ]; then echo "{\\"Version\\":\\"$FAKE_VERSION\\",\\"VulnerabilityDB\\":{\\"UpdatedAt\\":\\"$FAKE_DATE\\"}}"; exit 0; fi
for word in --skip-db-update --skip-java-db-update --skip-check-update --offline-scan --skip-version-check --disable-telemetry; do
  case " $* " in *" $word "*) ;; *) echo "missing $word" >&2; exit 9;; esac
done
case " $* " in *" --scanners vuln --pkg-types os "*" --format json "*) ;; *) echo "wrong scan: $*" >&2; exit 9;; esac
if [ -n "$TRIVY_OFFLINE_SCAN" ]; then echo "environment reached the program" >&2; exit 9; fi
case " $* " in *"unreachable"*) echo "FATAL cannot reach the registry" >&2; exit 1;; esac
echo '{"SchemaVersion":2,"ArtifactName":"x","ArtifactType":"container_image","Metadata":{"OS":{"Family":"debian","Name":"12.5"}},"Results":[{"Target":"x","Class":"os-pkgs","Type":"debian","Packages":[{"Name":"bash","Version":"5.2"}],"Vulnerabilities":[{"VulnerabilityID":"CVE-2026-9","PkgName":"bash","InstalledVersion":"5.2","Severity":"HIGH","Status":"affected"}]}]}'
`;

describe('suture scan --scanner trivy', () => {
  const withTrivy = (version: string, work: (run: Suture) => Promise<void>) =>
    prepared(
      async (run, directory) => {
        const program = join(directory, 'trivy');
        await writeFile(program, FAKE_TRIVY);
        await chmod(program, 0o755);
        await work((...line) => run('scan', '--scanner', 'trivy', '--trivy', program, ...line));
      },
      {
        environment: {
          PATH: '/usr/bin:/bin',
          FAKE_VERSION: version,
          FAKE_DATE: new Date(Date.now() - HOUR).toISOString(),
          TRIVY_OFFLINE_SCAN: 'false',
        },
        import: false,
      },
    );

  it('runs it offline and shows what it found, with the date of its database', () =>
    withTrivy('0.72.0', async (run) => {
      const { code, stdout, stderr } = await run('registry.example.org/app:1');
      expect(stderr).toBe('');
      expect(code).toBe(0);
      expect(stdout).toMatch(/HIGH +CVE-2026-9 +bash +5\.2 +no fix yet/);
      expect(stdout).toMatch(/trivy report .* 60 minutes old/);
      expect((await run('--max-db-age', '30m', 'registry.example.org/app:1')).code).toBe(4);
    }));

  it('never runs the releases with malicious code', async () => {
    for (const version of ['0.69.4', '0.69.5', 'v0.69.6']) {
      await withTrivy(version, async (run) => {
        const { code, stderr } = await run('registry.example.org/app:1');
        expect(code).toBe(4);
        expect(stderr).toMatch(/SCANNER_REFUSED/);
      });
    }
  });

  it('keeps what the program said when it fails', () =>
    withTrivy('0.72.0', async (run) => {
      const { code, stderr } = await run('registry.example.org/unreachable:1');
      expect(code).toBe(1);
      expect(stderr).toMatch(/FATAL cannot reach the registry/);
      expect((await run('--trivy', '/nowhere/trivy', 'registry.example.org/app:1')).stderr).toMatch(/no such program/);
    }));

  it('demands a date of the database from a server', () =>
    withTrivy('0.72.0', async (run) => {
      const { code, stderr } = await run('--trivy-server', 'http://127.0.0.1:1', 'registry.example.org/app:1');
      expect(code).toBe(4);
      expect(stderr).toMatch(/does not say how old its database is/);
      expect(
        (await run('--trivy-server', 'http://127.0.0.1:1', '--max-db-age', 'any', 'registry.example.org/app:1')).code,
      ).toBe(0);
    }));
});
