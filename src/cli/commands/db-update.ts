import type { CommandDefinition } from '../definition.ts';
import { NETWORK_OPTIONS } from '../options.ts';
import { KEEP_OPTION } from './db-options.ts';

export const dbUpdate: CommandDefinition = {
  name: 'db update',
  summary: 'fetch the newest vulnerability database',
  description:
    'Pulls trivy-db (schema 2) as an OCI artifact from any registry, proves its digest, pages and metadata, and makes it active in one step; the ones before are kept for `suture db rollback`. The next repository is asked only when one is overloaded or has lost the blob; other failures are reported.',
  arguments: [],
  options: [
    {
      flags: '--db-repository <name>',
      description:
        'HOST/REPOSITORY[:TAG][@sha256:…] or oci:DIR, in order of preference (default: mirror.gcr.io/aquasec/trivy-db, ghcr.io/aquasecurity/trivy-db; tag 2)',
      repeatable: true,
    },
    KEEP_OPTION,
    ...NETWORK_OPTIONS,
  ],
  examples: [
    { command: 'suture db update', comment: 'from where Trivy takes it' },
    {
      command: 'suture db update --db-repository registry.example.org/mirror/trivy-db:2',
      comment: 'from the mirror of a site',
    },
  ],
  async run(invocation) {
    const { runDatabaseUpdate } = await import('../database.ts');
    return runDatabaseUpdate(invocation);
  },
};
