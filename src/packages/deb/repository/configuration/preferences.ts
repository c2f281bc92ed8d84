import type { ByteString } from '../../../../core/bytes.ts';
import type { VirtualTree } from '../../../../oci/tree/types.ts';
import { configurationFiles } from './file-names.ts';
import { type Expression, parseExpression } from './pin-expression.ts';
import { parseStanzas, type Stanza, words } from './stanzas.ts';

const MAX_BYTES = 4 * 1024 * 1024;

/** A release as pins see it. */
export interface PinnableRelease {
  readonly origin: string;
  readonly label: string;
  readonly suite: string;
  readonly codename: string;
  readonly version: string;
  readonly component: string;
  /** Host name of the URI as configured; empty for a local directory. */
  readonly host: string;
  readonly notAutomatic: boolean;
  readonly butAutomaticUpgrades: boolean;
}

export interface PinnablePackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly source: { readonly name: string };
}

interface PackageMatcher {
  readonly source: boolean;
  readonly expression: Expression;
  /** `any`, an architecture, or undefined: the native one. */
  readonly architecture?: string;
}

interface Pin {
  /** Undefined: `Package: *`, the general form. */
  readonly packages?: readonly PackageMatcher[];
  readonly priority: number;
  matches(version: string, release: PinnableRelease): boolean;
}

/** Priorities of versions by the image's apt_preferences(5). Negative: the version must not be installed. */
export interface Preferences {
  priorityOf(pkg: PinnablePackage, version: string, release: PinnableRelease): number;
  /** Records that could not be understood and so have no effect, with their place and the reason. */
  readonly notes: readonly string[];
}

export interface PreferenceSettings {
  readonly architecture: string;
  /** APT::Default-Release: its versions have priority 990. */
  readonly defaultRelease?: string;
}

/** Reads /etc/apt/preferences.d/* (`.pref` or no period in the name) and /etc/apt/preferences, in apt's order. */
export function readPreferences(tree: VirtualTree, settings: PreferenceSettings): Preferences {
  const paths = [...configurationFiles(tree, '/etc/apt/preferences.d', ['pref', '']), '/etc/apt/preferences'];
  const files = paths.flatMap((path) => {
    const text = tree.readText(path, MAX_BYTES);
    return text === undefined ? [] : [{ path, text }];
  });
  return parsePreferences(files, settings);
}

export function parsePreferences(
  files: readonly { readonly path: string; readonly text: ByteString }[],
  settings: PreferenceSettings,
): Preferences {
  const pins: Pin[] = [];
  const notes: string[] = [];
  for (const { path, text } of files) {
    for (const stanza of parseStanzas(text)) {
      const pin = parsePin(stanza);
      if (typeof pin === 'string') notes.push(`${path}:${stanza.line}: ${pin}`);
      else pins.push(...pin);
    }
  }
  const target = settings.defaultRelease === undefined ? undefined : releaseMatcher(settings.defaultRelease);
  const isTarget = (release: PinnableRelease): boolean => typeof target === 'function' && target(release);
  return { notes, priorityOf: (pkg, version, release) => judge(pins, settings, isTarget, pkg, version, release) };
}

/**
 * The first specific record that matches decides, else the first general one, else the default. (The manual page says that
 * the highest general one does; apt 2.6 takes the first, `pkgPolicy::InitDefaults`.)
 */
function judge(
  pins: readonly Pin[],
  { architecture }: PreferenceSettings,
  isTarget: (release: PinnableRelease) => boolean,
  pkg: PinnablePackage,
  version: string,
  release: PinnableRelease,
): number {
  const specific = pins.find(
    (pin) => pin.packages?.some((matcher) => isPackage(matcher, pkg, architecture)) && pin.matches(version, release),
  );
  if (specific !== undefined) return specific.priority;
  const general = pins.find((pin) => pin.packages === undefined && pin.matches(version, release));
  if (general !== undefined) return general.priority;
  return isTarget(release) ? 990 : defaultPriority(release);
}

export function defaultPriority({
  notAutomatic,
  butAutomaticUpgrades,
}: Pick<PinnableRelease, 'notAutomatic' | 'butAutomaticUpgrades'>): number {
  if (!notAutomatic) return 500;
  return butAutomaticUpgrades ? 100 : 1;
}

function isPackage(matcher: PackageMatcher, pkg: PinnablePackage, native: string): boolean {
  const wanted =
    matcher.architecture === undefined || matcher.architecture === 'native' ? native : matcher.architecture;
  if (wanted !== 'any' && pkg.architecture !== wanted && pkg.architecture !== 'all') return false;
  return matcher.expression.matches(matcher.source ? pkg.source.name : pkg.name);
}

/** The pins of a record, none for a stanza of comments only, or what is wrong. */
function parsePin({ fields }: Stanza): readonly Pin[] | string {
  const packages = words(fields.get('package'));
  const pin = fields.get('pin');
  const priority = fields.get('pin-priority') ?? '';
  if (packages.length === 0 && pin === undefined) return [];
  if (packages.length === 0) return 'the record has no Package';
  if (!/^[+-]?\d{1,6}$/.test(priority)) return `"${priority.slice(0, 40)}" is no Pin-Priority`;
  const matches = parseCondition(pin ?? '');
  if (typeof matches === 'string') return matches;
  // apt clamps to the range of a short and takes 0, which has no meaning, as it is.
  const bounded = Math.max(-32768, Math.min(32767, Number(priority)));
  const matchers: PackageMatcher[] = [];
  for (const word of packages.filter((name) => name !== '*')) {
    const matcher = parseMatcher(word);
    if (typeof matcher === 'string') return matcher;
    matchers.push(matcher);
  }
  const specific = matchers.length === 0 ? [] : [{ packages: matchers, priority: bounded, matches }];
  if (!packages.includes('*')) return specific;
  if (/^version\b/.test(pin ?? '')) return 'a version for all packages has no effect in apt either';
  return [...specific, { priority: bounded, matches }];
}

function parseMatcher(word: string): PackageMatcher | string {
  const source = word.startsWith('src:');
  const text = source ? word.slice(4) : word;
  const match = /^(\/.*\/|[^:]*)(?::([a-z0-9-]+))?$/.exec(text);
  const expression = parseExpression(match?.[1] ?? text);
  if (typeof expression === 'string') return expression;
  return { source, expression, ...(match?.[2] === undefined ? {} : { architecture: match[2] }) };
}

function parseCondition(pin: string): Pin['matches'] | string {
  const [, kind = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(pin) ?? [];
  switch (kind) {
    case 'version': {
      const expression = parseExpression(rest);
      return typeof expression === 'string' ? expression : (version) => expression.matches(version);
    }
    case 'origin': {
      const expression = parseExpression(rest.replace(/^"(.*)"$/, '$1'));
      return typeof expression === 'string' ? expression : (_version, { host }) => expression.matches(host);
    }
    case 'release': {
      const matcher = releaseMatcher(rest);
      return typeof matcher === 'string' ? matcher : (_version, release) => matcher(release);
    }
    default:
      return `the pin "${pin.slice(0, 60)}" is not known`;
  }
}

const LETTERS: Readonly<Record<string, (release: PinnableRelease) => string>> = {
  a: (release) => release.suite,
  n: (release) => release.codename,
  o: (release) => release.origin,
  l: (release) => release.label,
  c: (release) => release.component,
  v: (release) => release.version,
};

/** `a=stable, v=12`: all must hold, of each letter the last. A bare word is a suite, a codename, or a version if it is a number. */
function releaseMatcher(text: string): ((release: PinnableRelease) => boolean) | string {
  const conditions = new Map<string, Expression>();
  for (const part of text.split(',').map((word) => word.trim())) {
    if (part === '') continue;
    const match = /^([a-z])=(.*)$/.exec(part);
    const letter = match?.[1] ?? '';
    if (match !== null && LETTERS[letter] === undefined) return `the condition "${part.slice(0, 60)}" is not known`;
    const expression = parseExpression(match?.[2] ?? part);
    if (typeof expression === 'string') return expression;
    conditions.set(letter, expression);
  }
  if (conditions.size === 0) return 'the pin names no release';
  return (release) =>
    [...conditions].every(([letter, expression]) => {
      const value = LETTERS[letter];
      if (value !== undefined) return expression.matches(value(release));
      return [release.suite, release.codename, release.version].some((name) => name !== '' && expression.matches(name));
    });
}
