import { type ByteString, compareBytes } from '../../../core/bytes.ts';
import { RELATION_FIELDS, STATUS_FIELDS } from '../control/fields.ts';
import { formatParagraph } from '../control/format.ts';
import { formatRelations, parseRelations } from '../control/relations.ts';
import type { InstalledDeb } from '../types.ts';
import { normalizeDebVersion } from '../version/validate.ts';
import { formatConffilesField } from './conffiles.ts';
import { isYes, parseMultiArch } from './record.ts';

const KNOWN: ReadonlySet<string> = new Set(STATUS_FIELDS);
const RELATIONS: ReadonlySet<string> = new Set(RELATION_FIELDS);
/** Fields of an archive's index that dpkg knows but never keeps for an installed package. */
const DROPPED: ReadonlySet<string> = new Set(['filename', 'size', 'md5sum', 'msdos-filename']);
const PRIORITIES: ReadonlySet<string> = new Set(['required', 'important', 'standard', 'optional', 'extra']);
/** States in which the configured version is the installed one (or there is none), so that Config-Version is not written. */
const WITHOUT_CONFIG_VERSION: ReadonlySet<string> = new Set([
  ...['not-installed', 'installed', 'triggers-pending', 'triggers-awaited'],
]);

/**
 * The whole status file, byte for byte as dpkg writes it (lib/dpkg/dump.c): records sorted by package and architecture,
 * known fields first in dpkg's order, then all others in theirs. Status and Conffiles come from the record, every other
 * field from its paragraph.
 */
export function formatStatus(records: readonly InstalledDeb[]): ByteString {
  return [...records]
    .sort((a, b) => compareBytes(a.name, b.name) || compareBytes(a.architecture, b.architecture))
    .map((record) => `${formatStatusRecord(record)}\n`)
    .join('');
}

/** One record without the empty line after it. */
export function formatStatusRecord(record: InstalledDeb): ByteString {
  let text = '';
  for (const name of STATUS_FIELDS) text += formatKnown(name, record);
  for (const [name, value] of record.paragraph) {
    if (!KNOWN.has(name) && !DROPPED.has(name.toLowerCase())) text += `${name}: ${value}\n`;
  }
  return text;
}

/** A file of status.d: the control file's fields in their own order, without `Status` (dpkg-deb --field). */
export function formatStatusFile(record: InstalledDeb): ByteString {
  return formatParagraph(record.paragraph);
}

function formatKnown(name: (typeof STATUS_FIELDS)[number], record: InstalledDeb): ByteString {
  if (name === 'Status') return `Status: ${record.want} ${record.flag} ${record.state}\n`;
  if (name === 'Conffiles') {
    return record.conffiles.length === 0 ? '' : `Conffiles:${formatConffilesField(record.conffiles)}\n`;
  }
  const value = knownValue(name, record.paragraph.get(name) ?? '', record);
  return value === '' ? '' : `${name}: ${value}\n`;
}

/** dpkg's normal form of a field; empty when it does not write it. */
function knownValue(name: string, value: ByteString, record: InstalledDeb): ByteString {
  if (value === '') return '';
  if (RELATIONS.has(name)) return formatRelations(parseRelations(value));
  switch (name) {
    case 'Package':
      return record.name;
    case 'Essential':
    case 'Protected':
      return isYes(value) ? 'yes' : '';
    case 'Multi-Arch':
      return parseMultiArch(value) === 'no' ? '' : parseMultiArch(value);
    case 'Priority':
      return PRIORITIES.has(value.toLowerCase()) ? value.toLowerCase() : value === 'unknown' ? '' : value;
    case 'Version':
      return normalizeDebVersion(value);
    case 'Config-Version':
      return WITHOUT_CONFIG_VERSION.has(record.state) ? '' : normalizeDebVersion(value);
    case 'Triggers-Pending':
      // dpkg puts each one that it reads before the others.
      return [...new Set(value.trim().split(/\s+/))].reverse().join(' ');
    case 'Triggers-Awaited':
      return [...new Set(value.trim().split(/\s+/))].join(' ');
    default:
      return value;
  }
}
