import type { ByteString } from '../../../core/bytes.ts';
import type { PackageInfo } from '../archive/package-info.ts';
import type { IndexEntry } from '../repository/index-entry.ts';

/** Fields of the index in the order in which apk writes them; the second list only when they have a value. */
const ALWAYS = ['C', 'P', 'V', 'A', 'S', 'I', 'T', 'U', 'L'] as const;
const OPTIONAL = ['o', 'm', 't', 'c', 'k', 'D', 'p', 'i'] as const;

/**
 * The lines before the files of a package's record: what the index says, then what only the package says.
 * @param info undefined for a package that is not unpacked since it installs nothing
 * @param tag of the repository that it is tied to
 */
export function recordHeader(
  entry: IndexEntry,
  info: PackageInfo | undefined,
  tag: string | undefined,
): readonly ByteString[] {
  const always = ALWAYS.flatMap((letter) => {
    const value = entry.fields.get(letter);
    if (value === undefined && letter === 'A') return [];
    return [`${letter}:${value ?? (letter === 'S' || letter === 'I' ? '0' : '')}`];
  });
  const optional = OPTIONAL.flatMap((letter) => {
    const value = entry.fields.get(letter)?.replace(/ +$/, '') ?? '';
    const isAbsent = value === '' || ((letter === 't' || letter === 'k') && Number(value) === 0);
    return isAbsent ? [] : [`${letter}:${value}`];
  });
  const replaces = info === undefined || info.replaces.length === 0 ? [] : [`r:${info.replaces.join(' ')}`];
  const priority = info === undefined || info.replacesPriority === 0 ? [] : [`q:${info.replacesPriority}`];
  return [...always, ...optional, ...replaces, ...priority, ...(tag === undefined ? [] : [`s:${tag}`])];
}
