import type { ByteString } from '../../../../core/bytes.ts';
import type { VirtualTree } from '../../../../oci/tree/types.ts';
import { ADMIN } from '../../database/admin-file.ts';

/** One package of dpkg's status file, its text as dpkg wrote it (without the empty line). */
export interface StatusStanza {
  readonly name: string;
  readonly architecture: string;
  /** Third word of `Status:`. */
  readonly state: string;
  readonly text: ByteString;
  /** Value of a field: folded lines joined with "\n"; an empty first line is left out. Undefined when absent. */
  field(name: string): ByteString | undefined;
}

interface ParsedStatus {
  readonly text: ByteString;
  readonly stanzas: readonly StatusStanza[];
}

let latest: ParsedStatus | undefined;

/** The stanzas of the image's status file, in its order. The last file is kept parsed: scripts ask often. */
export function readStatusFile(tree: VirtualTree): readonly StatusStanza[] {
  const text = tree.readText(`${ADMIN}/status`, 256 * 1024 * 1024) ?? '';
  if (latest === undefined || latest.text !== text) latest = { text, stanzas: parse(text) };
  return latest.stanzas;
}

function parse(text: ByteString): StatusStanza[] {
  return text
    .split(/\n\n+/)
    .map((stanza) => stanza.replace(/^\n+|\n+$/g, ''))
    .filter((stanza) => stanza !== '')
    .map(describe);
}

function describe(text: ByteString): StatusStanza {
  const field = (name: string): ByteString | undefined => readField(text, name);
  return {
    name: field('Package') ?? '',
    architecture: field('Architecture') ?? '',
    state: (field('Status') ?? '').split(' ')[2] ?? '',
    text,
    field,
  };
}

function readField(text: ByteString, name: string): ByteString | undefined {
  const lines = text.split('\n');
  const wanted = `${name.toLowerCase()}:`;
  const start = lines.findIndex((line) => line.toLowerCase().startsWith(wanted));
  if (start < 0) return undefined;
  const value = [(lines[start] ?? '').slice(wanted.length).trim()];
  for (const line of lines.slice(start + 1)) {
    if (!line.startsWith(' ') && !line.startsWith('\t')) break;
    value.push(line);
  }
  if (value[0] === '' && value.length > 1) value.shift();
  return value.join('\n');
}

/** The architecture dpkg was built for: that of its own package. */
export function nativeArchitecture(tree: VirtualTree): string | undefined {
  return readStatusFile(tree).find(({ name, state }) => name === 'dpkg' && state === 'installed')?.architecture;
}

/**
 * Packages with the name of `name[:architecture]`; states with nothing installed are left out unless conffiles are left.
 */
export function findPackages(tree: VirtualTree, query: ByteString): readonly StatusStanza[] {
  const [name, qualifier] = query.split(':');
  const wanted = qualifier === 'native' ? nativeArchitecture(tree) : qualifier;
  return readStatusFile(tree).filter(
    (stanza) =>
      stanza.name === name &&
      stanza.state !== 'not-installed' &&
      (wanted === undefined || wanted === 'any' || stanza.architecture === wanted || stanza.architecture === 'all'),
  );
}
