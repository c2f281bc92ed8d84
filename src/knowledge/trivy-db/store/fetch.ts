import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SutureError } from '../../../core/errors/error.ts';
import { step } from '../../../core/progress.ts';
import { type ImageName, parseImageName } from '../../../oci/image-name.ts';
import type { LocationContext } from '../../../oci/location.ts';
import { DEFAULT_REPOSITORIES, mayAskNext, withArtifact } from './artifact.ts';
import type { DatabaseStatus, VulnerabilityDatabaseStore } from './store.ts';
import { copyDirectory, readFile, unpackArchive } from './unpack.ts';

export interface UpdateOutcome {
  /** `unchanged`: the registry has what is already active, and nothing was fetched. */
  readonly outcome: 'updated' | 'unchanged';
  readonly database: DatabaseStatus;
}

/**
 * Fetches the newest database from the first repository that serves it.
 * @param repositories image names (`HOST/REPOSITORY[:TAG][@DIGEST]`, `oci:DIR`); empty means Trivy's own
 * @throws SutureError DATABASE_INVALID, DATABASE_UNSUPPORTED, FILE_UNWRITABLE, and those of the last registry asked
 */
export async function updateDatabase(
  store: VulnerabilityDatabaseStore,
  repositories: readonly string[],
  context: LocationContext,
): Promise<UpdateOutcome> {
  const names = (repositories.length === 0 ? DEFAULT_REPOSITORIES : repositories).map(
    (text) => [text, parseImageName(text)] as const,
  );
  for (const [index, [text, name]] of names.entries()) {
    let phase: 'manifest' | 'blob' = 'manifest';
    try {
      return await fetchFrom(store, text, name, context, () => {
        phase = 'blob';
      });
    } catch (error) {
      const next = names[index + 1]?.[0];
      if (next === undefined || !mayAskNext(error, phase)) throw error;
      store.progress.emit({
        kind: 'note',
        level: 'warning',
        message: `${text}: ${(error as Error).message}; asking ${next}`,
      });
    }
  }
  throw new SutureError('USAGE', 'no repository is named');
}

async function fetchFrom(
  store: VulnerabilityDatabaseStore,
  text: string,
  name: ImageName,
  context: LocationContext,
  onManifest: () => void,
): Promise<UpdateOutcome> {
  return withArtifact(name, context, async ({ manifest, layer, open }) => {
    onManifest();
    const active = (await store.status()).find((database) => database.active);
    if (active?.source.layer === layer.digest) return { outcome: 'unchanged', database: active };
    const source = { name: text, manifest, layer: layer.digest };
    const database = await step(store.progress, `fetch ${layer.digest}`, `Fetch the database from ${text}`, () =>
      store.add(source, (directory) => unpackArchive(open(), `${layer.digest} of ${text}`, directory)),
    );
    return { outcome: 'updated', database };
  });
}

/**
 * Takes a database from local files: db.tar.gz, an image layout (`oci:DIR` or its directory), or a directory with trivy.db
 * and metadata.json.
 * @throws SutureError DATABASE_INVALID, DATABASE_UNSUPPORTED, FILE_UNREADABLE, FILE_UNWRITABLE
 */
export async function importDatabase(
  store: VulnerabilityDatabaseStore,
  path: string,
  context: LocationContext,
): Promise<DatabaseStatus> {
  const layout = await layoutName(path);
  if (layout !== undefined) {
    return withArtifact(layout, context, ({ manifest, layer, open }) =>
      store.add({ name: path, manifest, layer: layer.digest }, (directory) => unpackArchive(open(), path, directory)),
    );
  }
  const info = await stat(path).catch((cause: Error) => {
    throw new SutureError('FILE_UNREADABLE', `cannot read ${path}: ${cause.message}`, { cause });
  });
  if (info.isDirectory()) return store.add({ name: path }, (directory) => copyDirectory(path, directory));
  return store.add({ name: path }, (directory) => unpackArchive(readFile(path), path, directory));
}

async function layoutName(path: string): Promise<ImageName | undefined> {
  if (path.startsWith('oci:')) return parseImageName(path);
  const marker = await stat(join(path, 'oci-layout')).catch(() => undefined);
  return marker?.isFile() ? { kind: 'layout', directory: path } : undefined;
}
