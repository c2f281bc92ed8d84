import type { CommandDefinition } from '../definition.ts';
import { KEEP_OPTION } from './db-options.ts';

export const dbPrune: CommandDefinition = {
  name: 'db prune',
  summary: 'remove old vulnerability databases',
  description: 'Removes all but the newest databases. The active one stays.',
  arguments: [],
  options: [KEEP_OPTION],
  examples: [{ command: 'suture db prune --keep 1', comment: 'only the active one' }],
  async run(invocation) {
    const { runDatabasePrune } = await import('../database.ts');
    return runDatabasePrune(invocation);
  },
};
