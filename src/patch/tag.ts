import { SutureError } from '../core/errors/error.ts';

// The distribution specification's grammar.
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/**
 * Tag of a patched image: `<tag>-patched-<YYYYMMDDHHMMSS>`, UTC, of the repositories' state (not of the clock: the same plan
 * gives the same tag). Sorts right in Flux, Argo CD and Renovate. A patched tag gives its successor the original's name.
 * @param sourceDate seconds since the epoch
 */
export function defaultTag(tag: string, sourceDate: number): string {
  return tagOfTemplate('{tag}-patched-{date}', tag, sourceDate);
}

/**
 * A tag by a template with `{tag}`, the input's, and `{date}`, as in the default tag.
 * @throws SutureError USAGE when no registry would take the result
 */
export function tagOfTemplate(template: string, tag: string, sourceDate: number): string {
  const date = new Date(sourceDate * 1000).toISOString().slice(0, 19).replace(/[-:T]/g, '');
  const original = tag.replace(/-patched-\d{14}$/, '');
  return checkTag(template.replaceAll('{tag}', () => original).replaceAll('{date}', date));
}

/** @throws SutureError USAGE when no registry would take it */
export function checkTag(tag: string): string {
  if (TAG.test(tag)) return tag;
  throw new SutureError('USAGE', `"${tag}" is not a tag (letters, digits, ".", "_" and "-", at most 128)`, {
    fix: 'Choose another one with --tag.',
  });
}
