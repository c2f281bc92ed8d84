/** The parts of an image reference that a person reads apart. */
export interface ReferenceParts {
  /** Empty where the reference names none. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

/**
 * Splits for display only; the service parses references for use. The first part is a registry if it has a dot or a port or
 * is `localhost`, the rule of the distribution project.
 */
export function splitReference(reference: string): ReferenceParts {
  const [named = '', digest = ''] = reference.split('@', 2);
  const slash = named.indexOf('/');
  const first = slash < 0 ? '' : named.slice(0, slash);
  const registry = /[.:]|^localhost$/.test(first) ? first : '';
  const rest = registry === '' ? named : named.slice(slash + 1);
  const tagAt = rest.lastIndexOf(':');
  const hasTag = tagAt > rest.lastIndexOf('/');
  return {
    registry,
    repository: hasTag ? rest.slice(0, tagAt) : rest,
    tag: hasTag ? rest.slice(tagAt + 1) : '',
    digest,
  };
}

/** `sha256:0123456789ab…`: enough to recognise, copied in full. */
export function shortDigest(digest: string): string {
  const colon = digest.indexOf(':');
  const algorithm = colon < 0 ? '' : digest.slice(0, colon + 1);
  const hex = digest.slice(colon + 1);
  return hex.length <= 12 ? digest : `${algorithm}${hex.slice(0, 12)}`;
}
