import { aptBoolean } from './apt-conf.ts';
import type { AptSource, ArchitectureChoice, SignedBy } from './source.ts';

/** Options of a source under their deb822 names in lower case; list values split into words. */
export type SourceOptions = ReadonlyMap<string, readonly string[]>;

const IGNORED = new Set([
  // Languages, other index files and diffs are never fetched; the `allow-*` options would weaken verification and are not honoured.
  'languages',
  'targets',
  'pdiffs',
  'allow-insecure',
  'allow-weak',
  'allow-downgrade-to-insecure',
  'description',
  'check-date',
]);

const UNSUPPORTED = new Set(['inrelease-path', 'include', 'exclude']);

const ARMOR = '-----BEGIN PGP PUBLIC KEY BLOCK-----';

/** The part of a source that comes from its options; `unusable` names the option that cannot be understood. */
export type SourceTraits = Omit<AptSource, 'origin' | 'uri' | 'suite' | 'components' | 'credentials'>;

export function interpretOptions(options: SourceOptions): SourceTraits {
  const single = (name: string): string | undefined => options.get(name)?.join(' ');
  const checkValidUntil = aptBoolean(single('check-valid-until'));
  const seconds = (name: string): number | undefined => wholeSeconds(single(name));
  const validUntilMin = seconds('valid-until-min');
  const validUntilMax = seconds('valid-until-max');
  const dateMaxFuture = seconds('date-max-future');
  const byHash = single('by-hash')?.toLowerCase();
  const signedBy = parseSignedBy(options.get('signed-by') ?? []);
  const unusable = signedBy === undefined ? badSignedBy(options) : unsupportedOption(options);
  return {
    architectures: architectureChoice(options),
    signedBy: signedBy ?? [],
    trusted: aptBoolean(single('trusted')) === true,
    byHash: byHash === 'force' ? 'force' : aptBoolean(byHash) === false ? 'no' : 'yes',
    ...(checkValidUntil === undefined ? {} : { checkValidUntil }),
    ...(validUntilMin === undefined ? {} : { validUntilMin }),
    ...(validUntilMax === undefined ? {} : { validUntilMax }),
    ...(dateMaxFuture === undefined ? {} : { dateMaxFuture }),
    ...(unusable === undefined ? {} : { unusable }),
  };
}

function architectureChoice(options: SourceOptions): ArchitectureChoice {
  const list = (name: string): readonly string[] =>
    (options.get(name) ?? []).flatMap((word) => word.split(',')).filter((word) => word !== '');
  const only = list('architectures');
  return {
    ...(only.length === 0 ? {} : { only }),
    add: list('architectures-add'),
    remove: list('architectures-remove'),
  };
}

function wholeSeconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

function unsupportedOption(options: SourceOptions): string | undefined {
  for (const [name, value] of options) {
    if (IGNORED.has(name)) continue;
    if (UNSUPPORTED.has(name)) return `its option ${name} is not supported`;
    if (name === 'snapshot' && aptBoolean(value.join(' ')) === undefined) {
      return 'its option snapshot is not supported';
    }
  }
  return undefined;
}

function badSignedBy(options: SourceOptions): string {
  const value = (options.get('signed-by') ?? []).join(' ').slice(0, 80);
  return `its Signed-By "${value}" is neither a path, a key block nor full fingerprints`;
}

/** Paths, fingerprints of 40 or 64 digits (optional `!`), or one armored key block; undefined when it is none of these. */
function parseSignedBy(values: readonly string[]): readonly SignedBy[] | undefined {
  const armored = values.find((value) => value.includes(ARMOR));
  if (armored !== undefined) return [{ kind: 'inline', armored: unfoldArmor(armored) }];
  const result: SignedBy[] = [];
  for (const value of values.flatMap((text) => text.split(/[\s,]+/)).filter((text) => text !== '')) {
    const fingerprint = /^(?:0x)?([0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})(!?)$/.exec(value);
    if (value.startsWith('/')) result.push({ kind: 'file', path: value });
    else if (fingerprint !== null) {
      const [, digits = '', mark = ''] = fingerprint;
      result.push({ kind: 'fingerprint', fingerprint: digits.toUpperCase(), exact: mark === '!' });
    } else return undefined;
  }
  return result;
}

/** In a stanza an empty line of the key block is written ` .` (sources.list(5)). */
function unfoldArmor(text: string): string {
  return `${text
    .split('\n')
    .map((line) => (line.trim() === '.' ? '' : line.trim()))
    .join('\n')
    .trim()}\n`;
}
