import { SutureError } from '../../core/errors/error.ts';
import type { ScanFinding, Suppression } from '../scan/result.ts';
import { parsePurl, purlMatches } from './purl-match.ts';
import type { SuppressionContext, Suppressor } from './suppress.ts';
import { cycloneDxStatements, cycloneDxVexSchema } from './vex-cyclonedx.ts';
import { openVexSchema, openVexStatements } from './vex-openvex.ts';

export type VexStatus = 'not_affected' | 'affected' | 'fixed' | 'under_investigation';

/** One statement of either format. */
export interface VexStatement {
  readonly vulnerabilities: readonly string[];
  readonly products: readonly VexProduct[];
  readonly status: VexStatus;
  readonly justification?: string;
  readonly statement?: string;
  /** Milliseconds since the epoch; of several statements about a finding the latest holds. */
  readonly time: number;
}

/** A package, or an image and the packages within it that are meant (none: all). */
export interface VexProduct {
  readonly id: string;
  readonly subcomponents: readonly string[];
}

/**
 * Reads a VEX document, OpenVEX or CycloneDX. Statements `not_affected` and `fixed` suppress; a later statement overrides an
 * earlier one, so that "affected" takes a suppression back.
 * @throws SutureError INVALID_DATA
 */
export function readVex(text: string, name: string): Suppressor {
  const json = parse(text, name);
  const isCycloneDx = json['bomFormat'] === 'CycloneDX';
  const parsed = isCycloneDx ? cycloneDxVexSchema.safeParse(json) : openVexSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(name, `${issue?.path.join('.') || 'the top level'}: ${issue?.message ?? 'invalid'}`);
  }
  const statements = isCycloneDx
    ? cycloneDxStatements(cycloneDxVexSchema.parse(json))
    : openVexStatements(openVexSchema.parse(json));
  const by = isCycloneDx ? 'cyclonedx-vex' : 'openvex';
  return {
    suppression: (finding, context) => suppressionBy(statements, by, name, finding, context),
    expired: () => [],
  };
}

function parse(text: string, name: string): Readonly<Record<string, unknown>> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalid(name, `it is not JSON: ${(cause as Error).message}`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw invalid(name, 'it is not an object');
  return json as Readonly<Record<string, unknown>>;
}

function suppressionBy(
  statements: readonly VexStatement[],
  by: Suppression['by'],
  source: string,
  finding: ScanFinding,
  context: SuppressionContext,
): Suppression | undefined {
  let latest: VexStatement | undefined;
  for (const statement of statements) {
    if (latest !== undefined && statement.time < latest.time) continue;
    if (isAbout(statement, finding, context)) latest = statement;
  }
  if (latest === undefined || (latest.status !== 'not_affected' && latest.status !== 'fixed')) return undefined;
  const { status, justification, statement } = latest;
  return {
    by,
    source,
    status,
    ...(justification === undefined ? {} : { justification }),
    ...(statement === undefined ? {} : { statement }),
  };
}

function isAbout(
  { vulnerabilities, products }: VexStatement,
  finding: ScanFinding,
  context: SuppressionContext,
): boolean {
  if (!vulnerabilities.includes(finding.vulnerability)) return false;
  return products.some(({ id, subcomponents }) => {
    if (namesPackage(id, finding)) return true;
    if (!namesImage(id, context)) return false;
    return subcomponents.length === 0 || subcomponents.some((part) => namesPackage(part, finding));
  });
}

function namesPackage(id: string, finding: ScanFinding): boolean {
  const [pattern, found] = [parsePurl(id), parsePurl(finding.package.purl)];
  return pattern !== undefined && found !== undefined && purlMatches(pattern, found);
}

/** By digest (`pkg:oci/NAME@DIGEST`, `REPOSITORY@DIGEST`), or by name or repository where the document gives no digest. */
function namesImage(id: string, { artifact }: SuppressionContext): boolean {
  const digests = new Set([artifact.digest, ...artifact.repoDigests.map((name) => name.split('@')[1])]);
  const purl = parsePurl(id);
  if (purl === undefined) return id === artifact.name || digests.has(id.split('@')[1] as typeof artifact.digest);
  if (purl.type !== 'oci') return false;
  if (purl.version) return digests.has(decodeURIComponent(purl.version) as typeof artifact.digest);
  const repository = purl.qualifiers?.['repository_url'];
  const names = [artifact.name, ...artifact.repoDigests].map((name) =>
    name.replace(/@.*$/, '').replace(/:[^/:]*$/, ''),
  );
  return repository !== undefined && names.includes(repository);
}

function invalid(name: string, what: string): SutureError {
  return new SutureError('INVALID_DATA', `the VEX document ${name} is not valid: ${what}`, {
    fix: 'Give an OpenVEX or CycloneDX VEX document in JSON.',
  });
}
