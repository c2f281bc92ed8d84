/** Kinds of the ledger in words; kinds of a newer service show as they are. */
export const EVENT_KINDS: Readonly<Record<string, string>> = {
  'run-started': 'Run started',
  'run-finished': 'Run finished',
  'run-interrupted': 'Run interrupted',
  'image-result': 'Image result',
  'image-recovered': 'Image recovered from the registry',
  'results-pruned': 'Old results removed',
  'waiver-added': 'Waiver added',
  'waiver-removed': 'Waiver ended',
};

export function eventKind(kind: string): string {
  return EVENT_KINDS[kind] ?? kind;
}
