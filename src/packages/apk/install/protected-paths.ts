import type { ByteString } from '../../../core/bytes.ts';
import type { VirtualTree } from '../../../oci/tree/types.ts';
import { matchesPattern } from './pattern.ts';

/** `none`: files are replaced; all others: what an administrator changed stays, and the new file is put beside it. */
export type Protection = 'none' | 'changed' | 'symlinks' | 'all' | 'ignore';

/** One line of protected_paths.d, apk-protected_paths(5): applies to directories whose path matches. */
export interface ProtectedPath {
  readonly pattern: ByteString;
  readonly protection: Protection;
}

/** apk's own, before those of the image. */
const DEFAULTS = '+etc\n@etc/init.d\n!etc/apk\n';
const MODES: Readonly<Record<string, Protection>> = { '-': 'none', '+': 'changed', '@': 'symlinks', '!': 'all' };
const LIMIT = 1024 * 1024;

/** Lines of the image in the order of their files; for upgrades `-` means no protection. */
export function readProtectedPaths(tree: VirtualTree): readonly ProtectedPath[] {
  const own = ['/lib/apk/protected_paths.d', '/etc/apk/protected_paths.d'].flatMap((directory) =>
    tree
      .readdir(directory)
      .filter((name) => name.endsWith('.list'))
      .map((name) => tree.readText(`${directory}/${name}`, LIMIT) ?? ''),
  );
  return [DEFAULTS, ...own].flatMap((text) => text.split('\n').flatMap(parseLine));
}

function parseLine(line: ByteString): ProtectedPath[] {
  if (line === '' || line.startsWith('#')) return [];
  const mode = MODES[line.charAt(0)];
  const pattern = (mode === undefined ? line : line.slice(1)).replace(/^\/+|\/+$/g, '');
  return [{ pattern, protection: mode ?? 'changed' }];
}

/** Protection is inherited from the parent; patterns are matched component by component, and the last that fits counts. */
export function protectionOf(
  path: ByteString,
  parent:
    | { readonly path: ByteString; readonly protection: Protection; readonly patterns: readonly ProtectedPath[] }
    | undefined,
  all: readonly ProtectedPath[],
): { readonly protection: Protection; readonly patterns: readonly ProtectedPath[] } {
  if (parent === undefined) return { protection: 'none', patterns: [] };
  let protection: Protection = parent.path === '' ? 'none' : parent.protection;
  const patterns: ProtectedPath[] = [];
  const name = path.slice(path.lastIndexOf('/') + 1);
  for (const candidate of parent.path === '' ? all : parent.patterns) {
    const slash = candidate.pattern.indexOf('/');
    const first = slash < 0 ? candidate.pattern : candidate.pattern.slice(0, slash);
    if (!matchesPattern(first, name)) continue;
    if (slash < 0) protection = candidate.protection;
    else patterns.push({ pattern: candidate.pattern.slice(slash + 1), protection: candidate.protection });
  }
  return { protection, patterns };
}

export function isProtected(protection: Protection): boolean {
  return protection !== 'none' && protection !== 'ignore';
}
