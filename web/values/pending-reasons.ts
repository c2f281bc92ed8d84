/** Why a package is not changed, in words; the detail of the service follows. */
const REASONS: Readonly<Record<string, string>> = {
  held: 'On hold in the image',
  pinned: 'Pinned in the image',
  'not-in-repository': 'No repository has the fixed version',
  'not-installed': 'Not installed any more',
  unsatisfiable: 'Its dependencies cannot be met',
  'script-not-native': 'Its maintainer script needs more than native patching can do',
  'fetch-failed': 'The package could not be fetched',
  conflict: 'It conflicts with another package',
  unsupported: 'Not supported',
};

export function pendingReason(reason: string): string {
  return REASONS[reason] ?? reason;
}
