import type { CommandDefinition } from '../definition.ts';
import { KEEP_OPTION } from './db-options.ts';

export const dbImport: CommandDefinition = {
  name: 'db import',
  summary: 'take a vulnerability database from local files',
  description:
    'For machines without a network: takes db.tar.gz, an OCI image layout, or a directory with trivy.db and metadata.json (such as db/ in the cache of Trivy), and proves it like `suture db update` does.',
  arguments: [{ name: 'source', description: 'db.tar.gz, oci:DIR[:tag], or a directory' }],
  options: [KEEP_OPTION],
  examples: [
    { command: 'suture db import ./db.tar.gz', comment: 'the one layer of the artifact' },
    { command: 'suture db import ~/.cache/trivy/db', comment: 'what Trivy fetched' },
  ],
  async run(invocation) {
    const { runDatabaseImport } = await import('../database.ts');
    return runDatabaseImport(invocation);
  },
};
