import { SutureError } from '../../../core/errors/error.ts';
import { openBolt } from '../bbolt/bolt-file.ts';

/** Buckets of advisories of OS releases begin with one of these; a database without any knows no image. */
const OS_BUCKETS =
  /^(alpine |debian |ubuntu |Red Hat$|rocky |alma |Oracle Linux |amazon linux |SUSE Linux |openSUSE |Photon OS |Azure Linux |CBL-Mariner |wolfi$|chainguard$|minimos$|echo$|bottlerocket$)/;

/**
 * Reads a database from the first page to the last and checks that it is one: pages, order, no page used twice, and the
 * buckets that every database has. An empty database in the place of a broken one must not pass (trivy-db 501).
 * @throws SutureError DATABASE_INVALID
 */
export function verifyDatabase(path: string): void {
  const file = openBolt(path);
  try {
    file.root().verify();
    for (const name of ['vulnerability', 'data-source']) {
      const [first] = file.bucket(name)?.entries() ?? [];
      if (first === undefined) throw new SutureError('DATABASE_INVALID', `${path} has no entries in bucket "${name}"`);
    }
    for (const { kind, key } of file.root().entries()) {
      if (kind === 'bucket' && OS_BUCKETS.test(key.toString())) return;
    }
    throw new SutureError('DATABASE_INVALID', `${path} has no advisories of any operating system`);
  } finally {
    file.close();
  }
}
