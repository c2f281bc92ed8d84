import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../src/core/digest.ts';
import { openVulnerabilityDatabase, type VulnerabilityDatabase } from '../../src/knowledge/trivy-db/database.ts';
import { type BoltBucket, boltBucket, writeBolt } from './bolt-writer.ts';

/** Buckets of a vulnerability database: `vulnerability` and `data-source` hold rows, all others buckets of rows. */
export type AdvisoryTree = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export function advisoryBuckets(tree: AdvisoryTree): BoltBucket {
  const names = Object.keys(tree).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return {
    entries: names.map((name) => {
      const isFlat = name === 'vulnerability' || name === 'data-source';
      return [name, boltBucket(tree[name] ?? {}, isFlat ? 1 : 2)] as const;
    }),
  };
}

/** Writes the tree as a database, hands it to `use`, and removes it. */
export function withAdvisories<T>(tree: AdvisoryTree, use: (database: VulnerabilityDatabase) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'suture-advisories-'));
  const path = join(directory, 'trivy.db');
  try {
    writeBolt(path, advisoryBuckets(tree));
    const database = openVulnerabilityDatabase(path, { digest: sha256('test'), updatedAt: '2026-01-01T00:00:00Z' });
    try {
      return use(database);
    } finally {
      database.close();
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}
