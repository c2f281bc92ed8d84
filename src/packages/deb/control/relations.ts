import { SutureError } from '../../../core/errors/error.ts';
import type { Relation, RelationField } from '../types.ts';
import { normalizeDebVersion } from '../version/validate.ts';

type Operator = NonNullable<Relation['operator']>;

/** `<` and `>` are the obsolete spellings of `<=` and `>=` (deb-control(5)); no operator at all means `=`. */
const OPERATORS: Readonly<Record<string, Operator>> = {
  '<<': '<<',
  '<=': '<=',
  '=': '=',
  '>=': '>=',
  '>>': '>>',
  '<': '<=',
  '>': '>=',
  '': '=',
};

// One alternative as dpkg's f_dependency reads it. Every part is bounded by a class that excludes what follows it.
const NAME = /[^\s:(,|]+/y;
const QUALIFIER = /:([^\s(,|]*)/y;
// `(?!\s)` after a run of blanks keeps a failing match linear.
const VERSION = /\(\s*(?!\s)([<>=]{0,2})\s*(?!\s)([^\s()]*)\s*\)/y;
const SPACES = /\s*/y;
const PACKAGE_NAME = /^[A-Za-z0-9][A-Za-z0-9+.\-_]*$/;
const ARCHITECTURE = /^[A-Za-z0-9][A-Za-z0-9-]*$/;

/**
 * Parses a relation field of a binary package as dpkg does: clauses separated by commas, alternatives by bars, an
 * architecture qualifier and a version in parentheses. Restrictions of source packages (`[arch]`, `<profile>`) are errors,
 * as in dpkg. An absent or empty field has no clauses.
 * @throws SutureError PACKAGE_INVALID naming the field's text and the place.
 */
export function parseRelations(field: string | undefined): RelationField {
  if (field === undefined || field === '') return [];
  const text = field.trim();
  if (text === '') return [];
  const clauses: Relation[][] = [];
  let alternatives: Relation[] = [];
  let position = 0;
  for (;;) {
    position = skipSpaces(text, position);
    const parsed = parseOne(text, position);
    alternatives.push(parsed.relation);
    position = skipSpaces(text, parsed.end);
    if (position === text.length) break;
    const separator = text[position];
    if (separator !== ',' && separator !== '|')
      fail(text, position, `expected "," or "|" after "${parsed.relation.name}"`);
    position++;
    if (separator === '|') continue;
    clauses.push(alternatives);
    alternatives = [];
  }
  clauses.push(alternatives);
  return clauses;
}

function parseOne(text: string, start: number): { relation: Relation; end: number } {
  const name = matchAt(NAME, text, start)?.[0];
  if (name === undefined) fail(text, start, 'a package name is missing');
  if (!PACKAGE_NAME.test(name)) fail(text, start, `"${name.slice(0, 60)}" is not a package name`);
  let end = start + name.length;
  const qualifier = matchAt(QUALIFIER, text, end);
  if (qualifier !== null) {
    if (!ARCHITECTURE.test(qualifier[1] ?? '')) fail(text, end, 'not an architecture name');
    end += qualifier[0].length;
  }
  const versionStart = skipSpaces(text, end);
  const version = text[versionStart] === '(' ? parseVersion(text, versionStart) : undefined;
  if (version !== undefined) end = version.end;
  const relation: Relation = {
    name: name.toLowerCase(),
    ...(qualifier === null ? {} : { qualifier: qualifier[1] ?? '' }),
    ...(version === undefined ? {} : { operator: version.operator, version: version.version }),
  };
  return { relation, end };
}

function parseVersion(text: string, start: number): { operator: Operator; version: string; end: number } {
  const match = matchAt(VERSION, text, start);
  if (match === null) fail(text, start, 'the version restriction is malformed');
  const operator = OPERATORS[match[1] ?? ''];
  const version = match[2] ?? '';
  if (operator === undefined) fail(text, start, `"${match[1]}" is no version operator`);
  if (!isReadableVersion(version)) fail(text, start, `"${version.slice(0, 60)}" is not a version`);
  return { operator, version: normalizeDebVersion(version), end: start + match[0].length };
}

/** What dpkg accepts with at most a warning: odd characters pass, an empty part or an epoch that is no number does not. */
export function isReadableVersion(version: string): boolean {
  const colon = version.indexOf(':');
  if (colon >= 0 && !/^[0-9]{1,10}$/.test(version.slice(0, colon))) return false;
  const rest = version.slice(colon + 1);
  const hyphen = rest.lastIndexOf('-');
  return hyphen < 0 ? rest !== '' : hyphen > 0 && hyphen < rest.length - 1;
}

function matchAt(pattern: RegExp, text: string, position: number): RegExpExecArray | null {
  pattern.lastIndex = position;
  return pattern.exec(text);
}

function skipSpaces(text: string, position: number): number {
  return position + (matchAt(SPACES, text, position)?.[0].length ?? 0);
}

function fail(text: string, position: number, reason: string): never {
  const near = text.slice(Math.max(0, position - 30), position + 30).replace(/\s+/g, ' ');
  throw new SutureError('PACKAGE_INVALID', `relation field, near "${near}": ${reason}`);
}

/** Writes a relation field as dpkg does in the status file: `a (>= 1) | b:any, c`. */
export function formatRelations(field: RelationField): string {
  return field.map((alternatives) => alternatives.map(formatRelation).join(' | ')).join(', ');
}

export function formatRelation(relation: Relation): string {
  const qualifier = relation.qualifier === undefined ? '' : `:${relation.qualifier}`;
  const version = relation.operator === undefined ? '' : ` (${relation.operator} ${relation.version ?? ''})`;
  return `${relation.name}${qualifier}${version}`;
}
