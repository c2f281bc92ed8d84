import type { ByteString } from '../../../../core/bytes.ts';
import { aptBoolean } from './apt-conf.ts';
import type { SourceEntry } from './sources-list.ts';
import { parseStanzas, type Stanza, words } from './stanzas.ts';

const STRUCTURE = new Set(['types', 'uris', 'suites', 'components', 'enabled']);

/** Reads a `*.sources` file. Stanzas that are disabled or offer only sources are left out. */
export function parseDeb822Sources(text: ByteString, file: string): SourceEntry[] {
  const entries: SourceEntry[] = [];
  const stanzas = parseStanzas(text, (line) => {
    entries.push({ ...empty(`${file}:${line}`), malformed: 'the line is neither a field nor a continuation' });
  });
  for (const stanza of stanzas) {
    const entry = readStanza(stanza, `${file}:${stanza.line}`);
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

function empty(origin: string): SourceEntry {
  return { origin, uris: [], suites: [], components: [], options: new Map() };
}

function readStanza({ fields }: Stanza, origin: string): SourceEntry | undefined {
  if (aptBoolean(fields.get('enabled')) === false) return undefined;
  const types = words(fields.get('types'));
  const unknown = types.find((type) => type !== 'deb' && type !== 'deb-src');
  if (unknown !== undefined) return { ...empty(origin), malformed: `the type "${unknown.slice(0, 40)}" is not known` };
  if (types.length === 0) return { ...empty(origin), malformed: 'the field Types is missing' };
  if (!types.includes('deb')) return undefined;
  const uris = words(fields.get('uris'));
  const suites = words(fields.get('suites'));
  if (uris.length === 0) return { ...empty(origin), malformed: 'the field URIs is missing' };
  if (suites.length === 0) return { ...empty(origin), malformed: 'the field Suites is missing' };
  const options = new Map<string, readonly string[]>();
  for (const [name, value] of fields) {
    if (STRUCTURE.has(name)) continue;
    options.set(name, name === 'signed-by' && value.includes('-----BEGIN') ? [value] : words(value));
  }
  return { origin, uris, suites, components: words(fields.get('components')), options };
}
