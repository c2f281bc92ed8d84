import { parseDocument } from 'yaml';
import { z } from 'zod';
import { SutureError } from '../../core/errors/error.ts';
import type { ScanFinding, Suppression } from '../scan/result.ts';
import { parsePurl, purlMatches } from './purl-match.ts';
import type { SuppressionContext, Suppressor } from './suppress.ts';

interface IgnoreEntry {
  readonly id: string;
  readonly paths: readonly string[];
  readonly purls: readonly string[];
  readonly statement?: string;
  /** ISO 8601 date: from then on the finding counts again. */
  readonly expires?: string;
}

const entry = z.looseObject({
  id: z.string().min(1),
  paths: z.array(z.string()).nullish(),
  purls: z.array(z.string()).nullish(),
  statement: z.string().nullish(),
  expired_at: z.union([z.string(), z.date()]).nullish(),
});

const yamlSchema = z.looseObject({ vulnerabilities: z.array(entry).nullish() });

/**
 * Reads Trivy's ignore file: plain (`CVE-2026-1 exp:2026-12-31 # why`) or, when its name ends so, YAML with paths, package
 * URLs, statement and `expired_at`.
 * @throws SutureError INVALID_DATA naming the line or member; a date that cannot be read would ignore for ever
 */
export function readIgnoreFile(text: string, name: string): Suppressor {
  return suppressor(/\.ya?ml$/i.test(name) ? parseYaml(text, name) : parsePlain(text, name), name);
}

function parsePlain(text: string, name: string): IgnoreEntry[] {
  return text.split('\n').flatMap((line, index): IgnoreEntry[] => {
    const [content = '', comment] = split(line, '#');
    const [id, ...options] = content.trim().split(/\s+/);
    if (!id) return [];
    let expires: string | undefined;
    for (const option of options) {
      if (!option.startsWith('exp:')) throw invalid(name, `line ${index + 1}: "${option}" is not known`);
      expires = dateOf(option.slice(4), name, `line ${index + 1}`);
    }
    const statement = comment?.trim();
    return [
      { id, paths: [], purls: [], ...(statement ? { statement } : {}), ...(expires === undefined ? {} : { expires }) },
    ];
  });
}

function split(text: string, at: string): [string, string | undefined] {
  const index = text.indexOf(at);
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}

function parseYaml(text: string, name: string): IgnoreEntry[] {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw invalid(name, error.message);
  const parsed = yamlSchema.safeParse(document.toJS({ maxAliasCount: 100 }) ?? {});
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(name, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`);
  }
  return (parsed.data.vulnerabilities ?? []).map(({ id, paths, purls, statement, expired_at: at }, index) => ({
    id,
    paths: paths ?? [],
    purls: purls ?? [],
    ...(statement ? { statement } : {}),
    ...(at ? { expires: dateOf(at, name, `vulnerabilities.${index}.expired_at`) } : {}),
  }));
}

function dateOf(value: string | Date, name: string, where: string): string {
  const text = typeof value === 'string' ? value : value.toISOString();
  if (!/^\d{4}-\d\d-\d\d/.test(text) || !Number.isFinite(Date.parse(text)))
    throw invalid(name, `${where}: "${text}" is not a date (YYYY-MM-DD)`);
  return text.slice(0, 10);
}

function suppressor(entries: readonly IgnoreEntry[], source: string): Suppressor {
  return {
    suppression(finding, context) {
      const found = entries.find(
        (candidate) => !isExpired(candidate, context.now) && matches(candidate, finding, context),
      );
      return found && suppressionOf(found, source);
    },
    expired(now) {
      return entries
        .filter((candidate) => isExpired(candidate, now))
        .map(({ id, expires }) => `${source}: the entry for ${id} expired on ${expires}`);
    },
  };
}

function isExpired({ expires }: IgnoreEntry, now: number): boolean {
  return expires !== undefined && now >= Date.parse(expires);
}

function matches({ id, paths, purls }: IgnoreEntry, finding: ScanFinding, context: SuppressionContext): boolean {
  if (id !== finding.vulnerability) return false;
  if (paths.length > 0) {
    const path = context.pathOf(finding);
    if (!paths.some((pattern) => globPattern(pattern).test(path))) return false;
  }
  if (purls.length === 0) return true;
  const found = parsePurl(finding.package.purl);
  return purls.some((text) => {
    const pattern = parsePurl(text);
    return pattern !== undefined && found !== undefined && purlMatches(pattern, found);
  });
}

/** Shell patterns with `**` for any number of directories. */
function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/?|\*|\?/g, (part) =>
      part === '?' ? '[^/]' : part === '*' ? '[^/]*' : part === '**' ? '.*' : '(?:.*/)?',
    );
  return new RegExp(`^${source}$`, 's');
}

function suppressionOf({ statement, expires }: IgnoreEntry, source: string): Suppression {
  return {
    by: 'ignore-file',
    source,
    status: 'ignored',
    ...(statement === undefined ? {} : { statement }),
    ...(expires === undefined ? {} : { expires }),
  };
}

function invalid(name: string, what: string): SutureError {
  return new SutureError('INVALID_DATA', `the ignore file ${name} is not valid: ${what}`, {
    fix: 'Correct the line or member that the message names; see docs/scanning.md.',
  });
}
