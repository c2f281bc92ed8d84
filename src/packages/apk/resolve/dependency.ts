import type { ByteString } from '../../../core/bytes.ts';
import { compareApkVersions } from '../version/compare.ts';
import { KIND, tokens } from '../version/tokens.ts';

/** A constraint on a name (apk-world(5)): `busybox`, `!mdocml`, `so:libz.so.1=1.2.13`, `python3~3.11`, `foo><Q1…`, `nginx@edge`. */
export interface Dependency {
  readonly name: ByteString;
  /** `!name`: nothing that matches may be installed. */
  readonly conflict: boolean;
  /** Which results of comparing the candidate's version with `version` satisfy it; undefined for any version. */
  readonly operator?: Operator;
  readonly version: ByteString;
  /** Repository tag after `@`. */
  readonly tag?: ByteString;
  readonly text: ByteString;
}

export interface Operator {
  readonly less: boolean;
  readonly equal: boolean;
  readonly greater: boolean;
  /** `~`: the version may go on after what is named. */
  readonly fuzzy: boolean;
  /** `><`: the identity of the build, not a version. */
  readonly identity: boolean;
}

/** What offers a name: a package under its own name, or a `provides` with or without a version. */
export interface Provision {
  readonly name: ByteString;
  /** Undefined for a purely virtual name. */
  readonly version: ByteString | undefined;
}

export function parseDependency(text: ByteString): Dependency {
  const conflict = text.startsWith('!');
  const [, name = '', operator = '', version = '', tag] =
    /^([^<>=~@]*)([<>=~]*)([^@]*)(?:@(.*))?$/s.exec(conflict ? text.slice(1) : text) ?? [];
  return {
    name,
    conflict,
    version,
    text,
    ...(operator === '' ? {} : { operator: parseOperator(operator) }),
    ...(tag === undefined ? {} : { tag }),
  };
}

function parseOperator(text: string): Operator {
  const has = (sign: string): boolean => text.includes(sign);
  if (text === '><') return { less: false, equal: false, greater: false, fuzzy: false, identity: true };
  return { less: has('<'), equal: has('=') || has('~'), greater: has('>'), fuzzy: has('~'), identity: false };
}

/** A `provides` entry: `name` or `name=version`. */
export function parseProvision(text: ByteString): Provision {
  const at = text.indexOf('=');
  return at < 0 ? { name: text, version: undefined } : { name: text.slice(0, at), version: text.slice(at + 1) };
}

/**
 * Whether a provision matches a dependency's name and version; for conflicts that is what must not be. A virtual name
 * without a version satisfies only dependencies without one.
 */
export function matches(dependency: Dependency, provision: Provision, identity: ByteString): boolean {
  const { operator } = dependency;
  if (provision.name !== dependency.name) return false;
  if (operator === undefined) return true;
  if (operator.identity) return identity === dependency.version;
  if (provision.version === undefined) return false;
  if (operator.fuzzy && isPrefixVersion(dependency.version, provision.version)) return true;
  const order = compareApkVersions(provision.version, dependency.version);
  return order < 0 ? operator.less : order > 0 ? operator.greater : operator.equal;
}

/** `1.2` is a prefix of `1.2`, `1.2.3` and `1.2-r4`, not of `1.20`. */
function isPrefixVersion(prefix: ByteString, version: ByteString): boolean {
  const parts = tokens(version);
  for (const part of tokens(prefix)) {
    if (part.kind === KIND.end) return true;
    const other = parts.next();
    if (other.done) return false;
    if (part.kind !== other.value.kind || part.value !== other.value.value) return false;
  }
  return true;
}
