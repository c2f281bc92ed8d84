import type { ByteString } from '../../../../core/bytes.ts';
import { SutureError } from '../../../../core/errors/error.ts';
import { parseControl } from '../../control/paragraphs.ts';

/** What a Release file says (Debian wiki, "DebianRepository/Format"), as far as it is used here. */
export interface Release {
  readonly origin: string;
  readonly label: string;
  readonly suite: string;
  readonly codename: string;
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly date: number;
  readonly validUntil?: number;
  readonly architectures: readonly string[];
  readonly acquireByHash: boolean;
  readonly notAutomatic: boolean;
  readonly butAutomaticUpgrades: boolean;
  /**
   * Whether `binary-all` indexes are read besides those of an architecture: as in apt, when Architectures names `all` or is
   * missing, and No-Support-for-Architecture-all does not name `Packages`.
   */
  readonly supportsArchitectureAll: boolean;
  /** Path relative to the Release file → what SHA256 says of it. */
  readonly files: ReadonlyMap<string, IndexFile>;
}

export interface IndexFile {
  readonly path: string;
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** @throws SutureError REPOSITORY_INVALID naming what is wrong */
export function parseRelease(text: ByteString, what: string): Release {
  let fields: ReadonlyMap<string, string>;
  try {
    const paragraph = parseControl(text, { what, lax: true, code: 'INVALID_DATA' });
    fields = new Map([...paragraph].map(([name, value]) => [name.toLowerCase(), value]));
  } catch (error) {
    throw new SutureError('REPOSITORY_INVALID', `${what} cannot be read`, { cause: error });
  }
  const field = (name: string): string => fields.get(name) ?? '';
  const validUntil = field('valid-until');
  const architectures = listOf(field('architectures'));
  return {
    origin: field('origin'),
    label: field('label'),
    suite: field('suite'),
    codename: field('codename'),
    version: field('version'),
    date: requireDate(field('date'), 'Date', what),
    ...(validUntil === '' ? {} : { validUntil: requireDate(validUntil, 'Valid-Until', what) }),
    architectures,
    acquireByHash: isYes(field('acquire-by-hash')),
    notAutomatic: isYes(field('notautomatic')),
    butAutomaticUpgrades: isYes(field('butautomaticupgrades')),
    supportsArchitectureAll: supportsArchitectureAll(field),
    files: parseFiles(fields.get('sha256'), what),
  };
}

/** debReleaseIndex::IsArchitectureAllSupportedFor; apt splits both fields at single spaces and minds the case. */
function supportsArchitectureAll(field: (name: string) => string): boolean {
  const architectures = field('architectures');
  if (architectures !== '' && !architectures.split(' ').includes('all')) return false;
  return !field('no-support-for-architecture-all').split(' ').includes('Packages');
}

function listOf(value: string): string[] {
  return value.split(/\s+/).filter((word) => word !== '');
}

function isYes(value: string): boolean {
  return /^(?:yes|true|1)$/i.test(value);
}

function parseFiles(list: string | undefined, what: string): Map<string, IndexFile> {
  if (list === undefined) {
    throw new SutureError('REPOSITORY_INVALID', `${what} lists no SHA256 hashes: MD5 and SHA-1 prove nothing`);
  }
  const files = new Map<string, IndexFile>();
  for (const line of list.split('\n')) {
    if (line.trim() === '') continue;
    const match = /^\s*([0-9a-fA-F]{64})\s+(\d{1,15})\s+(\S+)\s*$/.exec(line);
    if (match === null) throw new SutureError('REPOSITORY_INVALID', `${what} has the SHA256 line "${line.trim()}"`);
    const [, sha256 = '', size = '', path = ''] = match;
    files.set(path, { path, size: Number(size), sha256: sha256.toLowerCase() });
  }
  return files;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DATE = /^[A-Z][a-z]{2}, +(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) +(\d{1,2}):(\d{2}):(\d{2}) (?:UTC|GMT|Z|\+0000)$/;

/** RFC 1123 with apt's leniency: only UTC under its names; Ubuntu pads the hour with a space. Undefined when it is no date. */
export function parseReleaseDate(text: string): number | undefined {
  const match = DATE.exec(text.trim());
  if (match === null) return undefined;
  const [, day, month = '', year, hour, minute, second] = match;
  const monthIndex = MONTHS.indexOf(month);
  if (monthIndex < 0) return undefined;
  const time = Date.UTC(Number(year), monthIndex, Number(day), Number(hour), Number(minute), Number(second));
  const valid = Number(hour) < 24 && Number(minute) < 60 && Number(second) <= 60;
  return valid && new Date(time).getUTCMonth() === monthIndex ? time : undefined;
}

function requireDate(text: string, name: string, what: string): number {
  const date = parseReleaseDate(text);
  if (date !== undefined) return date;
  throw new SutureError(
    'REPOSITORY_INVALID',
    `${what} has the ${name} "${text.slice(0, 80)}", which is no date in UTC`,
  );
}
