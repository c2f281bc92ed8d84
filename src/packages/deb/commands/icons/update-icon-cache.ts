import type { ByteString } from '../../../../core/bytes.ts';
import type { CommandContext } from '../../../script/types.ts';
import { ICON_SUFFIXES, type IconSet, readIconCache } from './icon-cache-format.ts';

const CACHE_LIMIT = 64 * 1024 * 1024;

/**
 * `gtk-update-icon-cache --force --quiet THEME` where it makes nothing new: the cache lists exactly the icons that are
 * there, so that only the times of the cache and of its theme change. A cache that would be another one is not native.
 */
export function updateIconCache(context: CommandContext): number {
  const words = context.argv.slice(1);
  const operands = words.filter((word) => !['--force', '-f', '--quiet', '-q'].includes(word));
  const [theme = ''] = operands;
  const isForced = words.includes('--force') || words.includes('-f');
  if (!isForced || operands.length !== 1 || !theme.startsWith('/')) return context.notNative(words.join(' '));
  const { tree } = context;
  const cache = `${theme}/icon-theme.cache`;
  if (tree.stat(`${theme}/index.theme`)?.type !== 'file') return context.notNative(`${theme} without an index`);
  if (tree.lstat(cache)?.type !== 'file') return context.notNative(`${theme} without a cache`);
  const known = readIconCache(tree.readFile(cache, CACHE_LIMIT));
  const icons = scanTheme(context, theme);
  if (known === undefined || icons.size === 0 || !areEqual(known, icons)) {
    return context.notNative(`icons of ${theme} that its cache does not list`);
  }
  const content = tree.readFile(cache, CACHE_LIMIT);
  const mtime = context.sourceDate;
  tree.writeFile(cache, content, { mode: 0o644, uid: 0, gid: 0, mtime });
  tree.setMetadata(theme, { mtime });
  return 0;
}

/** Pictures below the directories of a theme, those in the theme itself left out (GTK, updateiconcache.c). */
function scanTheme(context: CommandContext, theme: ByteString): IconSet {
  const icons = new Map<ByteString, number>();
  for (const { path, inode } of context.tree.walk(theme)) {
    context.step(1);
    const below = path.slice(theme.length + 1);
    if (inode.type === 'symlink' && context.tree.stat(path)?.type === 'directory')
      context.notNative(`${path}, a link to a directory`);
    const [, place, suffix = ''] = /^(.+\/.+)\.([a-z]+)$/.exec(below) ?? [];
    const flag = ICON_SUFFIXES.get(suffix);
    const isIconData = suffix === 'icon' || place?.endsWith('.symbolic') === true;
    if (place === undefined || context.tree.stat(path)?.type !== 'file') continue;
    // Their names or contents go into the cache in ways that depend on the version of GTK.
    if (isIconData) context.notNative(path);
    if (flag !== undefined) icons.set(place, (icons.get(place) ?? 0) | flag);
  }
  return icons;
}

function areEqual(left: IconSet, right: IconSet): boolean {
  return left.size === right.size && [...left].every(([place, flags]) => right.get(place) === flags);
}
