import type { ByteString } from '../../../../core/bytes.ts';
import type { SourceOptions } from './source-options.ts';

/** One `deb` line or stanza, before its URIs and suites are multiplied out. */
export interface SourceEntry {
  readonly origin: string;
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  readonly options: SourceOptions;
  /** The entry cannot be understood at all. */
  readonly malformed?: string;
}

/** Names of one-line options and their deb822 names (sources.list(5), "THE DEB AND DEB-SRC TYPES: OPTIONS"). */
const DEB822_NAMES: Readonly<Record<string, string>> = { arch: 'architectures', lang: 'languages', target: 'targets' };

/** Reads the one-line form: `deb [option=value …] URI suite [component …]`. `deb-src` lines are left out. */
export function parseSourcesList(text: ByteString, file: string): SourceEntry[] {
  return text.split('\n').flatMap((raw, index) => {
    const line = raw.replace(/#.*$/, '').trim();
    if (line === '') return [];
    const entry = parseLine(line, `${file}:${index + 1}`);
    return entry === undefined ? [] : [entry];
  });
}

function parseLine(line: string, origin: string): SourceEntry | undefined {
  const malformed = (reason: string): SourceEntry => ({
    origin,
    uris: [],
    suites: [],
    components: [],
    options: new Map(),
    malformed: reason,
  });
  const match = /^(\S+)\s+(?:\[\s*([^\]]*)\]\s*)?(.*)$/.exec(line);
  if (match === null) return malformed('the line is incomplete');
  const [, type = '', options = '', rest = ''] = match;
  if (type === 'deb-src') return undefined;
  if (type !== 'deb') return malformed(`the type "${type.slice(0, 40)}" is not known`);
  const [uri, suite, ...components] = splitQuoted(rest);
  if (uri === undefined || suite === undefined) return malformed('the URI or the suite is missing');
  return { origin, uris: [uri], suites: [suite], components, options: parseOptions(options) };
}

/** apt quotes words with double quotes and spells special characters of a URI `%xx`; brackets keep a `cdrom:[…]` together. */
function splitQuoted(text: string): string[] {
  const found = text.match(/(?:[^\s"[]|"[^"]*"|\[[^\]]*\]|\[)+/g) ?? [];
  return found.map((word) => word.replaceAll('"', ''));
}

function parseOptions(text: string): SourceOptions {
  const options = new Map<string, string[]>();
  for (const word of splitQuoted(text)) {
    const match = /^([A-Za-z-]+?)(\+|-)?=(.*)$/.exec(word);
    if (match === null) continue;
    const [, name = '', sign, value = ''] = match;
    const key = DEB822_NAMES[name.toLowerCase()] ?? name.toLowerCase();
    const suffixed = sign === '+' ? `${key}-add` : sign === '-' ? `${key}-remove` : key;
    options.set(suffixed, [...(options.get(suffixed) ?? []), ...value.split(',').filter((part) => part !== '')]);
  }
  return options;
}
