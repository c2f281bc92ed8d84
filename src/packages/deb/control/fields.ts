/** Fields that dpkg knows, in the order in which it writes them to the status file (dpkg lib/dpkg/parse.c, fieldinfos). */
export const STATUS_FIELDS = [
  ...['Package', 'Essential', 'Protected', 'Status', 'Priority', 'Section', 'Installed-Size', 'Origin', 'Maintainer'],
  ...['Bugs', 'Architecture', 'Multi-Arch', 'Source', 'Version', 'Config-Version', 'Replaces', 'Provides', 'Depends'],
  ...['Pre-Depends', 'Recommends', 'Suggests', 'Breaks', 'Conflicts', 'Enhances', 'Conffiles', 'Description'],
  ...['Triggers-Pending', 'Triggers-Awaited'],
] as const;

/** Fields whose value is a list of package relations. */
export const RELATION_FIELDS = [
  ...['Replaces', 'Provides', 'Depends', 'Pre-Depends', 'Recommends', 'Suggests', 'Breaks', 'Conflicts', 'Enhances'],
] as const;

const CANONICAL = new Map<string, string>(STATUS_FIELDS.map((name) => [name.toLowerCase(), name]));
const spellings = new Map<string, string>(STATUS_FIELDS.map((name) => [name, name]));

/**
 * The usual spelling of a field that dpkg knows (field names ignore case); any other name unchanged. The returned string
 * is shared between paragraphs, so that 60,000 of them do not hold 60,000 copies of `Package`.
 */
export function fieldName(written: string): string {
  const known = spellings.get(written);
  if (known !== undefined) return known;
  const name = CANONICAL.get(written.toLowerCase()) ?? written;
  // Bounded: a hostile file must not fill memory with invented names.
  if (spellings.size < 1000) spellings.set(written, name);
  return name;
}
