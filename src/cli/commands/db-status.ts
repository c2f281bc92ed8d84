import type { CommandDefinition } from '../definition.ts';
import { FLEET_DATABASE_AGE } from './scan-options.ts';

export const dbStatus: CommandDefinition = {
  name: 'db status',
  summary: 'show the vulnerability databases and their age',
  description:
    'Lists the databases on this machine, newest first, with when they were built, fetched and are due. Ends with exit code 4 when there is none, or the active one is older than --max-db-age.',
  arguments: [],
  options: [
    {
      flags: '--max-db-age <duration>',
      description: `refuse an active database built longer ago than this: 36h, 7d ${FLEET_DATABASE_AGE}`,
    },
  ],
  examples: [
    { command: 'suture db status', comment: 'what there is' },
    { command: 'suture db status --max-db-age 2d --output json', comment: 'for monitoring' },
  ],
  async run(invocation) {
    const { runDatabaseStatus } = await import('../database.ts');
    return runDatabaseStatus(invocation);
  },
};
