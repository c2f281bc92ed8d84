import { type ByteString, compareBytes } from '../../../core/bytes.ts';
import type { VirtualTree } from '../../../oci/tree/types.ts';
import type { DataMember } from '../types.ts';
import { lines } from './admin-file.ts';
import { compileGlob } from './glob.ts';

interface FilterRule {
  readonly include: boolean;
  readonly pattern: ByteString;
  /** The pattern up to its first wildcard, without slashes at the end. */
  readonly prefix: ByteString;
  matches(path: ByteString): boolean;
}

/**
 * dpkg's `path-exclude` and `path-include` (dpkg(1), src/filters.c): which members of a package are not unpacked. Excluded
 * paths stay in the package's `.list`.
 */
export class PathFilter {
  readonly #rules: readonly FilterRule[];

  /** @param rules In the order in which dpkg reads them. */
  constructor(rules: readonly { readonly include: boolean; readonly pattern: ByteString }[]) {
    this.#rules = rules.map(({ include, pattern }) => ({
      include,
      pattern,
      prefix: pattern.replace(/[*?[\\].*$/s, '').replace(/\/+$/, ''),
      matches: compileGlob(pattern),
    }));
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** True when the member must not be unpacked. */
  excludes(member: Pick<DataMember, 'path' | 'type'>): boolean {
    const path = member.path === '/.' ? '' : member.path;
    let excluded = false;
    // The last match wins.
    for (const rule of this.#rules) if (rule.matches(path)) excluded = !rule.include;
    if (!excluded) return false;
    if (member.type !== 'directory' && member.type !== 'symlink') return true;
    // A directory (or a symlink, perhaps to one) stays when an include could bring back something below it.
    return !this.#rules.some((rule) => rule.include && path.startsWith(rule.prefix));
  }
}

const DIRECTORY = '/etc/dpkg/dpkg.cfg.d';

/** Reads the filter of an image: dpkg.cfg.d/* in byte order, then dpkg.cfg. */
export function readPathFilter(tree: VirtualTree): PathFilter {
  const fragments = tree.readdir(DIRECTORY).filter((name) => /^[A-Za-z0-9_-]+$/.test(name));
  const files = [...[...fragments].sort(compareBytes).map((name) => `${DIRECTORY}/${name}`), '/etc/dpkg/dpkg.cfg'];
  const rules = files.flatMap((file) => parseRules(tree.stat(file)?.type === 'file' ? tree.readText(file) : undefined));
  return new PathFilter(rules);
}

function parseRules(text: ByteString | undefined): { include: boolean; pattern: ByteString }[] {
  return lines(text).flatMap((line) => {
    const match = /^\s*path-(include|exclude)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line);
    if (match === null) return [];
    const quoted = /^(["'])(.*)\1$/.exec(match[2] ?? '');
    const pattern = quoted?.[2] ?? match[2] ?? '';
    return pattern === '' ? [] : [{ include: match[1] === 'include', pattern }];
  });
}
