import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { runProgram } from '../../src/cli/program.ts';
import { advisoryBuckets } from './advisory-database.ts';
import { writeBolt } from './bolt-writer.ts';
import { withDirectory } from './images.ts';

export const HOUR = 3_600_000;

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type Suture = (...line: string[]) => Promise<Run>;

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

/** A CycloneDX document of a Debian release with these packages. */
export function sbom(release: string, purls: readonly string[]): string {
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

export const BASH = 'pkg:deb/debian/bash@5.2-2?arch=amd64&distro=debian-12.5';
const ZLIB = 'pkg:deb/debian/zlib@1.3-1?arch=amd64&epoch=1&distro=debian-12.5';

/** A cache with a database, a file to scan, and the command line in it. */
export async function prepared(
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
