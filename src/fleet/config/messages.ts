import { z } from 'zod';
import { SutureError } from '../../core/errors/error.ts';
import type { Path, YamlSource } from './yaml-source.ts';

/**
 * Checks a document against its schema.
 * @throws SutureError CONFIGURATION: every mistake with file, line, field and, for a name that is nearly right, the right one
 */
export function checkDocument<T extends z.ZodType>(schema: T, source: YamlSource): z.output<T> {
  const parsed = schema.safeParse(source.value);
  if (parsed.success) return parsed.data;
  throw mistakes(parsed.error.issues.flatMap((issue) => describe(issue, schema, source)));
}

/** One error for all mistakes of a configuration, so that they are corrected in one go. */
export function mistakes(lines: readonly string[]): SutureError {
  return new SutureError('CONFIGURATION', lines.join('\n'));
}

function describe(issue: z.core.$ZodIssue, schema: z.ZodType, source: YamlSource): string[] {
  const field = formatPath(issue.path);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => {
      const near = nearest(key, keysAt(schema, issue.path));
      const hint = near === undefined ? '' : `; did you mean "${near}"?`;
      return `${source.placeOfKey(issue.path, key)}: ${formatPath([...issue.path, key])}: there is no such field${hint}`;
    });
  return [`${source.place(issue.path)}: ${field || 'the document'}: ${sentence(issue, source)}`];
}

function sentence(issue: z.core.$ZodIssue, source: YamlSource): string {
  const value = valueAt(source.value, issue.path);
  if (value === undefined) return 'is missing';
  const allowed = allowedValues(issue);
  if (allowed !== undefined) {
    const near = typeof value === 'string' ? nearest(value, allowed) : undefined;
    const hint = near === undefined ? '' : `; did you mean ${near}?`;
    return `${JSON.stringify(value)} is not ${allowed.join(', ')}${hint}`;
  }
  if (issue.code === 'invalid_type') return `is not ${ARTICLES[issue.expected] ?? issue.expected}`;
  if (issue.code === 'too_small' && issue.origin === 'array') return 'is empty';
  return typeof value === 'object' ? issue.message : `${JSON.stringify(value)}: ${issue.message}`;
}

function allowedValues(issue: z.core.$ZodIssue): readonly string[] | undefined {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  if (issue.code === 'invalid_union' && issue.inclusive !== false) return issue.options?.map(String);
  return undefined;
}

const ARTICLES: Readonly<Record<string, string>> = {
  string: 'a text',
  array: 'a list',
  object: 'a mapping',
  number: 'a number',
  int: 'a whole number',
};

/** `images[2].tags.newest` */
export function formatPath(path: Path): string {
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (parent, part) =>
      typeof parent === 'object' && parent !== null && Object.hasOwn(parent, part)
        ? (parent as Record<PropertyKey, unknown>)[part]
        : undefined,
    value,
  );
}

/** Names that the schema has at a path. */
function keysAt(schema: z.ZodType, path: Path): readonly string[] {
  let current: unknown = schema;
  for (const part of path) {
    current = unwrapped(current);
    if (current instanceof z.ZodArray) current = current.element;
    else if (current instanceof z.ZodObject) current = (current.shape as Record<PropertyKey, unknown>)[part];
    else return [];
  }
  return namesOf(unwrapped(current));
}

function namesOf(schema: unknown): readonly string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  return schema instanceof z.ZodUnion ? schema.options.flatMap(namesOf) : [];
}

function unwrapped(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? unwrapped(schema.unwrap()) : schema;
}

/** The candidate that a slip of the fingers away was meant: at most a third of the letters differ. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const rated = candidates
    .map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(
      ({ candidate, distance: edits }) => edits <= Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3)),
    )
    .sort((a, b) => a.distance - b.distance);
  return rated[0]?.candidate;
}

/** Levenshtein's, with a transposition as one edit. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, at) => at)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          at(i - 1, j) + 1,
          at(i, j - 1) + 1,
          at(i - 1, j - 1) + (same ? 0 : 1),
          swapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return at(a.length, b.length);
}
