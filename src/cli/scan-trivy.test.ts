import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HOUR, prepared, type Suture } from '../../test/support/scan-command.ts';

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
