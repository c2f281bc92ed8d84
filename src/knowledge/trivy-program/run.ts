import { execFile } from 'node:child_process';
import { resolve as resolvePath } from 'node:path';
import { z } from 'zod';
import { SutureError } from '../../core/errors/error.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Environment } from '../../core/ports.ts';

/** What a Trivy program is to scan. */
export type TrivyTarget =
  | { readonly kind: 'image'; readonly name: string }
  /** Image layout directory, or archive as `docker save` writes it. */
  | { readonly kind: 'input'; readonly path: string }
  | { readonly kind: 'sbom'; readonly file: string };

export interface TrivyAccess {
  readonly program: string;
  /** Address of a Trivy server; its token is taken from TRIVY_TOKEN. */
  readonly server?: string;
  readonly platform?: string;
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

export interface TrivyRun {
  /** The JSON report as it came. */
  readonly report: Buffer;
  readonly version: string;
  /** ISO 8601; absent where the program has no database of its own (client of a server). */
  readonly databaseUpdatedAt?: string;
}

/** Releases with malicious code (March 2026, CVE-2026-33634). */
const DENIED = new Set(['0.69.4', '0.69.5', '0.69.6']);

/** Every way to the network but the one to the image's registry is closed; each needs a switch of its own. */
const OFFLINE = [
  '--skip-db-update',
  '--skip-java-db-update',
  '--skip-check-update',
  '--offline-scan',
  '--skip-version-check',
  '--disable-telemetry',
];

const SCAN = ['--scanners', 'vuln', '--pkg-types', 'os', '--list-all-pkgs', '--format', 'json', '--quiet'];

const versionSchema = z.looseObject({
  Version: z.string(),
  VulnerabilityDB: z.looseObject({ UpdatedAt: z.string().nullish() }).nullish(),
});

/**
 * Runs Trivy once, offline, for OS packages only. The version is asked first: malicious releases never see the image.
 * @throws SutureError SCANNER_REFUSED for a malicious release; SCANNER_FAILED with what the program wrote to standard error
 */
export async function runTrivy(target: TrivyTarget, access: TrivyAccess): Promise<TrivyRun> {
  const asked = await run(access, ['version', '--format', 'json']);
  const known = parseVersion(asked, access.program);
  const version = known.Version.replace(/^v/, '');
  if (DENIED.has(version))
    throw new SutureError('SCANNER_REFUSED', `${access.program} is Trivy ${version}, a release with malicious code`);
  const report = await run(access, argumentsFor(target, access));
  if (report.length === 0) throw new SutureError('SCANNER_FAILED', `${access.program} wrote no report`);
  const updatedAt = access.server === undefined ? known.VulnerabilityDB?.UpdatedAt : undefined;
  return { report, version, ...(updatedAt ? { databaseUpdatedAt: updatedAt } : {}) };
}

function argumentsFor(target: TrivyTarget, { server, platform }: TrivyAccess): string[] {
  const common = [
    ...SCAN,
    ...OFFLINE,
    // The default cache takes an exclusive lock, and grows without end.
    '--cache-backend',
    'memory',
    ...(server === undefined ? [] : ['--server', server]),
    ...(platform === undefined ? [] : ['--platform', platform]),
  ];
  switch (target.kind) {
    case 'image':
      return ['image', ...common, '--image-src', 'remote', '--', target.name];
    case 'input':
      return ['image', ...common, '--input', resolvePath(target.path)];
    case 'sbom':
      return [
        'sbom',
        ...common.filter((word) => word !== '--platform' && word !== platform),
        '--',
        resolvePath(target.file),
      ];
  }
}

function parseVersion(bytes: Buffer, program: string): z.output<typeof versionSchema> {
  try {
    return versionSchema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    throw new SutureError('SCANNER_FAILED', `${program} does not say its version as Trivy does`, { cause });
  }
}

/** Settings of Trivy in the environment could open the network again or change the report: all but its secrets are left out. */
function environmentOf(environment: Environment): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    const isSecret = name === 'TRIVY_TOKEN' || name === 'TRIVY_USERNAME' || name === 'TRIVY_PASSWORD';
    const isPlace = name === 'TRIVY_CACHE_DIR';
    if (value !== undefined && (!name.startsWith('TRIVY_') || isSecret || isPlace)) kept[name] = value;
  }
  return kept;
}

function run({ program, environment, signal }: TrivyAccess, words: readonly string[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = {
      encoding: 'buffer',
      env: environmentOf(environment),
      maxBuffer: LIMITS.report,
      signal,
      // `trivy.yaml` of the working directory would be read.
      cwd: '/',
    } as const;
    execFile(program.includes('/') ? resolvePath(program) : program, [...words], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (signal.aborted) reject(signal.reason as Error);
      else reject(failed(program, words[0] ?? '', error, stderr.toString('utf8')));
    });
  });
}

/** The last lines hold the reason. */
const STDERR_LIMIT = 4000;

function failed(program: string, command: string, error: Error & { code?: unknown }, stderr: string): SutureError {
  const said = stderr.trim().slice(-STDERR_LIMIT);
  const reason =
    error.code === 'ENOENT'
      ? 'there is no such program'
      : `it ended with ${String(error.code)}${said === '' ? '' : `: ${said}`}`;
  return new SutureError('SCANNER_FAILED', `${program} ${command}: ${reason}`, { cause: error });
}
