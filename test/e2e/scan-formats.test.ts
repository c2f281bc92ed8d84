import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/ports.ts';
import { silent } from '../../src/core/progress.ts';
import { createHttpClient } from '../../src/net/client.ts';
import { writeImage } from '../../src/oci/copy.ts';
import { openSink } from '../../src/oci/location.ts';
import { credentialStore } from '../../src/oci/registry/index.ts';
import { startRegistry } from '../../src/oci/registry/server/index.ts';
import { registryOpener } from '../../src/oci/registry-opener.ts';
import { type AdvisoryTree, advisoryBuckets } from '../support/advisory-database.ts';
import { writeBolt } from '../support/bolt-writer.ts';
import { makeImage, sharedImage } from '../support/images.ts';
import { store } from './support/base-image.ts';
import { callProgram, type Finished } from './support/program.ts';
import { isBlobPull, RecordingProxy } from './support/recording-proxy.ts';

const STATUS = ['base 1.0-1', 'tool 2.0-1']
  .map((text) => text.split(' '))
  .map(([name, version]) =>
    [
      `Package: ${name}`,
      'Status: install ok installed',
      'Architecture: amd64',
      'Maintainer: Debian <debian@example.org>',
      `Version: ${version}`,
      '',
    ].join('\n'),
  )
  .join('\n');

const ADVISORIES: AdvisoryTree = {
  'data-source': { 'debian 12': { ID: 'debian', Name: 'Debian', URL: 'https://example.org' } },
  'debian 12': {
    base: { 'CVE-2025-1': { FixedVersion: '1.0-2', Severity: 3 }, 'CVE-2025-2': { FixedVersion: '1.0-1' } },
    tool: { 'CVE-2025-3': { Status: 5, Severity: 1 } },
  },
  vulnerability: { 'CVE-2025-1': { Title: 'base: <overflow> & more', Severity: 'HIGH' } },
};

const directory = mkdtempSync(join(tmpdir(), 'suture-scan-'));
const cache = join(directory, 'cache');
const known = `oci:${join(directory, 'known')}:1`;
const newer = `oci:${join(directory, 'newer')}:1`;
const nameless = `oci:${join(directory, 'nameless')}:1`;

function suture(args: readonly string[], cacheDirectory = cache): Promise<Finished> {
  const environment = { HOME: directory, NO_COLOR: '1', SOURCE_DATE_EPOCH: '1767225600' };
  return callProgram([...args, '--quiet', '--cache-dir', cacheDirectory], environment);
}

/** A database as Trivy's cache has it, built so many hours ago. */
function databaseDirectory(name: string, hours: number, write: (path: string) => void): string {
  const path = join(directory, name);
  mkdirSync(path);
  write(join(path, 'trivy.db'));
  const time = new Date(Date.now() - hours * 3_600_000).toISOString();
  writeFileSync(join(path, 'metadata.json'), JSON.stringify({ Version: 2, UpdatedAt: time, NextUpdate: time }));
  return path;
}

const sketch = (release: string) =>
  makeImage({ layers: [{ 'etc/debian_version': release, 'var/lib/dpkg/status': STATUS }] });

beforeAll(async () => {
  await store(await sketch('12.5\n'), known);
  await store(await sketch('99.1\n'), newer);
  await store(await makeImage({ layers: [{ 'var/lib/dpkg/status': STATUS }] }), nameless);
  const source = databaseDirectory('made', 1, (path) => writeBolt(path, advisoryBuckets(ADVISORIES)));
  expect((await suture(['db', 'import', source])).code).toBe(0);
});
afterAll(() => rmSync(directory, { recursive: true }));

const MACHINE_FORMATS = ['json', 'sarif', 'cyclonedx', 'gitlab'] as const;
const TEXT_FORMATS = ['table', 'junit', 'github', 'markdown', 'html'] as const;

describe('every format of a scan', () => {
  it.each([...MACHINE_FORMATS, ...TEXT_FORMATS])(
    '%s shows what is vulnerable and nothing that is fixed',
    async (format) => {
      const { code, stdout } = await suture(['scan', '--format', format, known]);
      expect(code).toBe(0);
      expect(stdout).toContain('CVE-2025-1');
      expect(stdout).toContain('CVE-2025-3');
      expect(stdout).not.toContain('CVE-2025-2');
      if (format !== 'table' && TEXT_FORMATS.some((name) => name === format))
        expect(stdout).not.toContain('<overflow>');
    },
  );

  it.each(MACHINE_FORMATS)('%s is JSON', async (format) => {
    const { stdout } = await suture(['scan', '--format', format, known]);
    expect(Object.keys(JSON.parse(stdout) as object).length).toBeGreaterThan(2);
  });

  it.each([...MACHINE_FORMATS, ...TEXT_FORMATS])('%s says that nothing is known of a release', async (format) => {
    const { code, stdout } = await suture(['scan', '--format', format, newer]);
    expect(code).toBe(4);
    expect(stdout).toContain('debian 99');
    expect(stdout).not.toContain('CVE-2025-1');
  });

  it.each([...MACHINE_FORMATS, ...TEXT_FORMATS])('%s says that the system is not known', async (format) => {
    const { code, stdout } = await suture(['scan', '--format', format, nameless]);
    expect(code).toBe(4);
    expect(stdout).toMatch(/no file of the image names an operating system/);
  });

  it('is the same twice', async () => {
    for (const format of [...MACHINE_FORMATS, ...TEXT_FORMATS]) {
      const line = ['scan', '--format', format, known];
      expect((await suture(line)).stdout).toBe((await suture(line)).stdout);
    }
  });
});

describe('the exit code of a scan', () => {
  it.each([
    ['of findings, when asked for', ['--exit-code', '7', known], 7],
    ['of findings of a severity', ['--fail-on', 'high', known], 1],
    ['of findings below that severity', ['--fail-on', 'critical', '--ignore-unfixed', known], 0],
    ['of a stale database', ['--max-db-age', '30m', known], 4],
    ['of an unknown release, when that is allowed', ['--exit-on-unknown', '0', newer], 0],
  ])('%s', async (_, args, code) => expect((await suture(['scan', ...args])).code).toBe(code));

  it('of a missing database', async () => {
    const { code, stderr } = await suture(['scan', known], join(directory, 'empty'));
    expect(code).toBe(4);
    expect(stderr).toContain('DATABASE_MISSING');
  });
});

interface Report {
  readonly Results: readonly { readonly Vulnerabilities?: readonly Record<string, unknown>[] }[];
}

/** What a Trivy report says of packages, without where they lie. */
function vulnerabilities({ code, stdout }: Finished): unknown {
  expect(code).toBe(0);
  const { Results } = JSON.parse(stdout) as Report;
  return Results.flatMap((result) =>
    (result.Vulnerabilities ?? []).map(
      ({ VulnerabilityID, PkgID, PkgName, InstalledVersion, FixedVersion, Severity, Status }) => {
        return { VulnerabilityID, PkgID, PkgName, InstalledVersion, FixedVersion, Severity, Status };
      },
    ),
  );
}

it.each(['cyclonedx', 'spdx'])(
  'a scan of the %s SBOM of an image finds what a scan of the image finds',
  async (format) => {
    const { stdout } = await suture(['inventory', '--format', format, known]);
    const path = join(directory, `sbom.${format}.json`);
    writeFileSync(path, stdout);
    const ofImage = vulnerabilities(await suture(['scan', '--format', 'json', known]));
    expect(ofImage).toHaveLength(2);
    expect(vulnerabilities(await suture(['scan', '--format', 'json', path]))).toEqual(ofImage);
  },
);

it('pulls the layers of an image from a registry once', async () => {
  const registry = await startRegistry({ directory: join(directory, 'registry'), port: 0 });
  const proxy = await RecordingProxy.start(`http://${registry.host}`);
  const client = createHttpClient({ environment: {}, version: 'test', clock: systemClock });
  try {
    const signal = new AbortController().signal;
    const credentials = credentialStore({ environment: {}, progress: silent });
    const name = `${proxy.host}/app:1`;
    const target = await openSink(name, {
      openRegistry: registryOpener({ client, credentials, plainHttp: true, signal }),
    });
    await writeImage(await sketch('12.6\n'), target.sink, { tag: '1' });
    await target.close();
    proxy.take();
    const line = ['scan', '--format', 'json', name];
    const first = vulnerabilities(await suture(line));
    expect(first).toHaveLength(2);
    // The config and the one layer.
    expect(proxy.take().filter(isBlobPull)).toHaveLength(2);
    rmSync(join(cache, 'layers'), { recursive: true });
    expect(vulnerabilities(await suture(line))).toEqual(first);
    expect(proxy.take().filter(isBlobPull)).toHaveLength(1);
  } finally {
    await client.close();
    await proxy.stop();
    await registry.close();
  }
});

const SHARED_DATABASE = join(import.meta.dirname, '../../../shared/fixtures/trivy/db/trivy.db');
const ALPINE = sharedImage('alpine-310.tar.gz');
const isShared = existsSync(SHARED_DATABASE) && existsSync(ALPINE);

describe.skipIf(!isShared)('an archive of Alpine 3.10.4 (needs the shared fixtures)', () => {
  const line = ['scan', '--format', 'json', '--exit-on-eol', '0', `docker-archive:${ALPINE}`];

  it('has none of what real advisories say was fixed before, and is no longer supported', async () => {
    const source = databaseDirectory('shared', 1, (path) => copyFileSync(SHARED_DATABASE, path));
    const other = join(directory, 'shared-cache');
    expect((await suture(['db', 'import', source], other)).code).toBe(0);
    const finished = await suture(line, other);
    expect(vulnerabilities(finished)).toEqual([]);
    expect(finished.stdout).toMatch(/"Name": "alpine 3\.10",\s+"Found": true/);
    expect((await suture(['scan', `docker-archive:${ALPINE}`], other)).code).toBe(4);
  });

  it('has what an advisory says is not fixed yet, in all packages of a source', async () => {
    const row = { 'CVE-2026-1': { FixedVersion: '99.0-r0' } };
    const source = databaseDirectory('alpine', 1, (path) =>
      writeBolt(path, advisoryBuckets({ ...ADVISORIES, 'alpine 3.10': { musl: row } })),
    );
    const other = join(directory, 'alpine-cache');
    expect((await suture(['db', 'import', source], other)).code).toBe(0);
    const names = (vulnerabilities(await suture(line, other)) as { PkgName: string }[]).map(({ PkgName }) => PkgName);
    expect(names).toEqual(['musl', 'musl-utils']);
  });
});
