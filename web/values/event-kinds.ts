/** Kinds of the ledger in words; kinds of a newer service show as they are. */
export const EVENT_KINDS: Readonly<Record<string, string>> = {
  'run-requested': 'Run asked for',
  'run-started': 'Run started',
  'run-finished': 'Run finished',
  'run-interrupted': 'Run interrupted',
  'run-cancelled': 'Run stopped by a user',
  'image-result': 'Image result',
  'image-recovered': 'Image recovered from the registry',
  'image-left': 'Image left the fleet',
  'findings-re-evaluated': 'Findings compared with a new database',
  'database-updated': 'Vulnerability database updated',
  'results-pruned': 'Old results removed',
  'waiver-added': 'Waiver added',
  'waiver-removed': 'Waiver ended',
  'session-opened': 'Signed in',
  'session-closed': 'Signed out',
  'token-created': 'Token made',
  'token-revoked': 'Token ended',
};

export function eventKind(kind: string): string {
  return EVENT_KINDS[kind] ?? kind;
}
