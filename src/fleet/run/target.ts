import { sha256 } from '../../core/digest.ts';
import { formatReference, parseReference, type Reference } from '../../oci/reference.ts';
import { canonicalJson } from '../../patch/canonical-json.ts';
import type { ImageSet, Policy } from '../config/fleet.ts';

/** One image that is to be kept patched. */
export interface FleetTarget {
  /** Canonical. */
  readonly reference: string;
  readonly parsed: Reference;
  readonly policy: Policy;
  /** Repository that the patched image goes to. */
  readonly outputRepository: string;
  /** Name of its set. */
  readonly set: string;
}

/**
 * Gives every reference its place at the target. A reference of several sets belongs to the first. Names that Copa's rule (the
 * last part of the repository's name) would give to several repositories are written out whole for each of them.
 */
export function makeTargets(found: readonly { readonly reference: string; readonly set: ImageSet }[]): {
  readonly targets: readonly FleetTarget[];
  readonly notes: readonly string[];
} {
  const first = new Map<string, { reference: string; set: ImageSet; parsed: Reference }>();
  for (const { reference, set } of found)
    if (!first.has(reference)) first.set(reference, { reference, set, parsed: parseReference(reference) });
  const users = new Map<string, Set<string>>();
  for (const { set, parsed } of first.values()) {
    if (set.targetNames !== 'last' || set.policy.target === undefined) continue;
    const name = `${set.policy.target}/${lastOf(parsed.repository)}`;
    users.set(name, (users.get(name) ?? new Set()).add(`${parsed.host}/${parsed.repository}`));
  }
  const notes = [...users]
    .filter(([, repositories]) => repositories.size > 1)
    .map(
      ([name, repositories]) => `${[...repositories].join(' and ')} would both be ${name}; their whole names are used`,
    );
  const targets = [...first.values()].map(({ reference, set, parsed }): FleetTarget => {
    const { target } = set.policy;
    const short = `${target}/${lastOf(parsed.repository)}`;
    const whole = `${target}/${parsed.repository}`;
    const isShort = set.targetNames === 'last' && (users.get(short)?.size ?? 0) < 2;
    const outputRepository = target === undefined ? `${parsed.host}/${parsed.repository}` : isShort ? short : whole;
    return { reference, parsed, policy: set.policy, outputRepository, set: set.name };
  });
  return { targets, notes };
}

function lastOf(repository: string): string {
  return repository.slice(repository.lastIndexOf('/') + 1);
}

/** The tag of the input, the original's where that is a patched one; digests without a tag are called by the beginning of the digest. */
export function tagOf({ parsed }: FleetTarget): string {
  return (
    parsed.tag?.replace(/-patched-\d{14}$/, '') ??
    parsed.digest?.slice('sha256:'.length, 'sha256:'.length + 12) ??
    'latest'
  );
}

/** The reference by digest, so that everything that is done to it is done to the same image. */
export function pinned({ parsed }: FleetTarget, digest: Reference['digest'] & string): string {
  const { host, repository } = parsed;
  return formatReference({ host, repository, digest });
}

/** Everything of policy and tool that the outcome of an image depends on. */
export function decisionOf(target: FleetTarget, toolVersion: string, database: string | undefined) {
  const { scope, severity, endOfLife, engine, tag, platform } = target.policy;
  const needsDatabase = severity !== undefined || endOfLife === 'refuse';
  return sha256(
    canonicalJson({
      toolVersion,
      scope,
      severity,
      endOfLife,
      engine,
      tag,
      platform,
      output: target.outputRepository,
      database: needsDatabase ? database : undefined,
    }),
  );
}
