import type { CommandDefinition } from '../definition.ts';

export const dbRollback: CommandDefinition = {
  name: 'db rollback',
  summary: 'return to the vulnerability database before',
  description: 'Makes the database active that came before the active one. Nothing is removed.',
  arguments: [],
  options: [],
  examples: [{ command: 'suture db rollback', comment: 'after a bad one' }],
  async run(invocation) {
    const { runDatabaseRollback } = await import('../database.ts');
    return runDatabaseRollback(invocation);
  },
};
