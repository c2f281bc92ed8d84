import { readFile } from 'node:fs/promises';
import { SutureError } from '../core/errors/error.ts';
import { checkLimit, LIMITS } from '../core/limits.ts';
import type { Environment } from '../core/ports.ts';
import type { Selection } from '../knowledge/filters/selection.ts';
import type { Suppressor } from '../knowledge/filters/suppress.ts';
import { FINDING_STATUSES, type FindingStatus } from '../knowledge/findings.ts';
import type { AssemblyOptions } from '../knowledge/scan/assemble.ts';
import type { ScanFinding } from '../knowledge/scan/result.ts';
import type { Invocation, OptionValue } from './definition.ts';
import { severities, words } from './parse.ts';

/** @throws SutureError FILE_UNREADABLE, LIMIT_EXCEEDED */
export async function readInput(path: string, what: string): Promise<Uint8Array> {
  const bytes = await readFile(path).catch((cause: Error) => {
    throw new SutureError('FILE_UNREADABLE', `cannot read the ${what} ${path}: ${cause.message}`, { cause });
  });
  checkLimit(`${what} ${path}`, bytes.length, LIMITS.report);
  return bytes;
}

/** --severity, --ignore-unfixed, --ignore-status, --min-epss, --kev-only. @throws SutureError USAGE */
export function selectionOf(options: Invocation['options']): Selection {
  const levels = severities(options['severity']);
  const epss = options['minEpss'];
  return {
    ...(levels === undefined ? {} : { severities: levels }),
    ignoreUnfixed: options['ignoreUnfixed'] === true,
    ignoreStatuses: words(options['ignoreStatus']).map(status),
    ...(epss === undefined ? {} : { minimumEpss: fraction(epss) }),
    onlyExploited: options['kevOnly'] === true,
  };
}

function status(word: string): FindingStatus {
  const found = FINDING_STATUSES.find((name) => name === word.toLowerCase());
  if (found !== undefined) return found;
  throw new SutureError('USAGE', `--ignore-status: "${word}" is no status`, {
    fix: `Name some of ${FINDING_STATUSES.join(', ')}, separated by commas.`,
  });
}

function fraction(value: OptionValue): number {
  const number = Number(value);
  if (number >= 0 && number <= 1) return number;
  throw new SutureError('USAGE', `--min-epss: "${String(value)}" is not a number from 0 to 1`);
}

const DEFAULT_IGNORE_FILE = '.trivyignore';

/** --ignorefile (or .trivyignore, as Trivy reads it) and --vex. @throws SutureError INVALID_DATA, FILE_UNREADABLE */
export async function suppressorsOf(options: Invocation['options']): Promise<readonly Suppressor[]> {
  const found: Suppressor[] = [];
  const named = options['ignorefile'];
  const text =
    typeof named === 'string'
      ? Buffer.from(await readInput(named, 'ignore file')).toString('utf8')
      : await readFile(DEFAULT_IGNORE_FILE, 'utf8').catch(() => undefined);
  if (text !== undefined) {
    const { readIgnoreFile } = await import('../knowledge/filters/trivyignore.ts');
    found.push(readIgnoreFile(text, typeof named === 'string' ? named : DEFAULT_IGNORE_FILE));
  }
  for (const path of words(options['vex'])) {
    const { readVex } = await import('../knowledge/filters/vex.ts');
    found.push(readVex(Buffer.from(await readInput(path, 'VEX document')).toString('utf8'), path));
  }
  return found;
}

/** --kev and --epss; of the scores only those of the findings are kept. @throws SutureError INVALID_DATA, FILE_UNREADABLE */
export async function exploitationLists(
  options: Invocation['options'],
  findings: readonly ScanFinding[],
): Promise<Pick<AssemblyOptions, 'kev' | 'epss'>> {
  const { kev, epss } = options;
  if (options['kevOnly'] === true && typeof kev !== 'string')
    throw new SutureError('USAGE', '--kev-only needs --kev FILE');
  if (options['minEpss'] !== undefined && typeof epss !== 'string')
    throw new SutureError('USAGE', '--min-epss needs --epss FILE');
  if (typeof kev !== 'string' && typeof epss !== 'string') return {};
  const { readEpss, readKev } = await import('../knowledge/filters/exploitation.ts');
  const wanted = new Set(findings.map(({ vulnerability }) => vulnerability));
  return {
    ...(typeof kev === 'string' ? { kev: readKev(await readInput(kev, 'list'), kev) } : {}),
    ...(typeof epss === 'string' ? { epss: readEpss(await readInput(epss, 'list'), epss, wanted) } : {}),
  };
}

/** The time of the result: SOURCE_DATE_EPOCH makes it reproducible, the clock says how old knowledge is. */
export function resultTime(environment: Environment, now: number): number {
  const value = environment['SOURCE_DATE_EPOCH'];
  if (value === undefined || value === '') return now;
  if (/^\d{1,11}$/.test(value)) return Number(value) * 1000;
  throw new SutureError('CONFIGURATION', `SOURCE_DATE_EPOCH: "${value}" is not a number of seconds`);
}
