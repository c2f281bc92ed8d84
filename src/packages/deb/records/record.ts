import type { ByteString } from '../../../core/bytes.ts';
import { isSutureError, SutureError } from '../../../core/errors/error.ts';
import { parseRelations } from '../control/relations.ts';
import type { Conffile, InstalledDeb, MultiArch, Paragraph, RelationField, Relations } from '../types.ts';
import { isValidDebVersion, normalizeDebVersion } from '../version/validate.ts';
import { parseConffilesField } from './conffiles.ts';

type RecordError = 'DATABASE_UNREADABLE' | 'PACKAGE_INVALID';

/** Words of `Status:` (dpkg lib/dpkg/parsehelp.c). */
const WANTS = new Set(['unknown', 'install', 'hold', 'deinstall', 'purge']);
const FLAGS = new Set(['ok', 'reinstreq']);
const STATES = new Set([
  ...['not-installed', 'config-files', 'half-installed', 'unpacked', 'half-configured'],
  ...['triggers-awaited', 'triggers-pending', 'installed'],
]);

export interface StatusWords {
  readonly want: string;
  readonly flag: string;
  readonly state: string;
}

const INSTALLED: StatusWords = { want: 'install', flag: 'ok', state: 'installed' };

/**
 * The record of a paragraph of the status file, or of a file of status.d (`statusFile` its path; `Status` is implied).
 * @param what Names the file in messages.
 * @throws SutureError DATABASE_UNREADABLE where dpkg would refuse the database.
 */
export function recordFromStatus(paragraph: Paragraph, what: string, statusFile?: ByteString): InstalledDeb {
  const name = paragraph.get('Package') ?? '';
  if (name === '') throw new SutureError('DATABASE_UNREADABLE', `${what}: a record has no Package field`);
  const conffiles = parseConffilesField(paragraph.get('Conffiles'));
  if (conffiles === undefined) {
    throw new SutureError('DATABASE_UNREADABLE', `${what}, package ${name}: the Conffiles field is malformed`);
  }
  const words = statusFile === undefined ? statusWords(paragraph, `${what}, package ${name}`) : INSTALLED;
  if (words.state !== 'not-installed' && words.state !== 'config-files' && (paragraph.get('Version') ?? '') === '') {
    throw new SutureError('DATABASE_UNREADABLE', `${what}, package ${name}: no Version field`);
  }
  return {
    ...facts(paragraph, 'DATABASE_UNREADABLE', `${what}, package ${name}`),
    ...words,
    held: words.want === 'hold',
    conffiles,
    paragraph,
    ...(statusFile === undefined ? {} : { statusFile }),
  };
}

function statusWords(paragraph: Paragraph, what: string): StatusWords {
  const [want = '', flag = '', state = '', ...rest] = (paragraph.get('Status') ?? 'unknown ok not-installed').split(
    /\s+/,
  );
  if (rest.length > 0 || !WANTS.has(want) || !FLAGS.has(flag) || !STATES.has(state)) {
    throw new SutureError('DATABASE_UNREADABLE', `${what}: "${paragraph.get('Status')}" is not a package status`);
  }
  return { want, flag, state };
}

export interface NewRecord extends StatusWords {
  readonly conffiles: readonly Conffile[];
  /** The record that this one replaces: its Section and Priority stay where the new control has none, as in dpkg. */
  readonly previous?: InstalledDeb;
}

/** Fields that belong to the status file only; dpkg refuses the first two in a package. */
const STATUS_ONLY = ['Status', 'Config-Version', 'Conffiles', 'Triggers-Pending', 'Triggers-Awaited'] as const;

/**
 * The status record of a package from its own control file.
 * @throws SutureError PACKAGE_INVALID when the control is not that of a valid package.
 */
export function recordFromControl(control: Paragraph, record: NewRecord): InstalledDeb {
  const what = `control of ${control.get('Package') ?? 'a package'}`;
  for (const field of ['Status', 'Config-Version']) {
    if (control.has(field))
      throw new SutureError('PACKAGE_INVALID', `${what}: the field ${field} does not belong here`);
  }
  if (!isValidDebVersion(control.get('Version') ?? '')) {
    throw new SutureError('PACKAGE_INVALID', `${what}: "${control.get('Version') ?? ''}" is not a version`);
  }
  const paragraph = new Map(control);
  for (const field of STATUS_ONLY) paragraph.delete(field);
  for (const field of ['Section', 'Priority']) {
    const inherited = record.previous?.paragraph.get(field);
    if (inherited !== undefined && (paragraph.get(field) ?? '') === '') paragraph.set(field, inherited);
  }
  const { want, flag, state, conffiles, previous } = record;
  const statusFile = previous?.statusFile;
  return {
    ...facts(paragraph, 'PACKAGE_INVALID', what),
    ...{ want, flag, state, conffiles, paragraph, held: want === 'hold' },
    ...(statusFile === undefined ? {} : { statusFile }),
  };
}

type Facts = Omit<InstalledDeb, 'want' | 'flag' | 'state' | 'held' | 'conffiles' | 'paragraph' | 'statusFile'>;

function facts(paragraph: Paragraph, code: RecordError, what: string): Facts {
  const version = normalizeDebVersion(paragraph.get('Version') ?? '');
  const name = (paragraph.get('Package') ?? '').toLowerCase();
  return {
    name,
    version,
    architecture: paragraph.get('Architecture') ?? '',
    source: parseSource(paragraph.get('Source'), name, version),
    multiArch: parseMultiArch(paragraph.get('Multi-Arch')),
    essential: isYes(paragraph.get('Essential')),
    section: paragraph.get('Section') ?? '',
    ...parseAllRelations(paragraph, code, what),
  };
}

export function isYes(value: string | undefined): boolean {
  return value?.toLowerCase() === 'yes';
}

/** `Source: name (version)`; both default to those of the binary package. */
export function parseSource(
  field: string | undefined,
  name: string,
  version: string,
): { readonly name: string; readonly version: string } {
  const match = /^(\S+)(?:\s+\(([^)\s]+)\))?$/.exec(field ?? '');
  return { name: match?.[1] ?? name, version: match?.[2] ?? version };
}

export function parseMultiArch(field: string | undefined): MultiArch {
  const value = field?.toLowerCase();
  return value === 'same' || value === 'foreign' || value === 'allowed' ? value : 'no';
}

/** @throws SutureError with `code`, naming the field. */
export function parseAllRelations(paragraph: Paragraph, code: RecordError, what: string): Relations {
  const field = (name: string): RelationField => {
    try {
      return parseRelations(paragraph.get(name));
    } catch (error) {
      if (!isSutureError(error)) throw error;
      throw new SutureError(code, `${what}, ${name}: ${error.message}`, { cause: error });
    }
  };
  return {
    depends: field('Depends'),
    preDepends: field('Pre-Depends'),
    recommends: field('Recommends'),
    breaks: field('Breaks'),
    conflicts: field('Conflicts'),
    replaces: field('Replaces'),
    provides: field('Provides'),
  };
}
