import type { Digest } from '../../../core/digest.ts';
import { isSutureError, SutureError } from '../../../core/errors/error.ts';
import type { ByteStream } from '../../../core/streams.ts';
import type { ImageName } from '../../../oci/image-name.ts';
import { type LocationContext, openLocation } from '../../../oci/location.ts';
import type { Descriptor } from '../../../oci/model.ts';
import { parseManifest } from '../../../oci/schema.ts';
import type { ImageSource } from '../../../oci/source.ts';

/** Where Trivy's makers publish; asked in this order. */
export const DEFAULT_REPOSITORIES = ['mirror.gcr.io/aquasec/trivy-db', 'ghcr.io/aquasecurity/trivy-db'] as const;

/** Without a tag the schema is the tag, not `latest`. */
const SCHEMA_TAG = '2';
const LAYER_TYPE = 'application/vnd.aquasec.trivy.db.layer.v1.tar+gzip';
const TITLE = 'org.opencontainers.image.title';

export interface DatabaseArtifact {
  readonly manifest: Digest;
  readonly layer: Descriptor;
  /** db.tar.gz; digest and size verified while streaming. */
  open(): ByteStream;
}

/**
 * Finds the database in an OCI artifact and hands it to `use`. Judged by its one layer, because registries and tools write
 * different config types.
 * @throws SutureError DATABASE_UNSUPPORTED when it is another kind of artifact; those of the registry or layout
 */
export async function withArtifact<T>(
  name: ImageName,
  context: LocationContext,
  use: (artifact: DatabaseArtifact) => Promise<T>,
): Promise<T> {
  const tagged = name.kind === 'registry' && !name.tag && !name.digest ? { ...name, tag: SCHEMA_TAG } : name;
  const location = await openLocation(tagged, context);
  try {
    const { source } = location;
    const descriptor = await source.resolve(location.target);
    const layer = databaseLayer(await source.manifest(descriptor), descriptor, source);
    return await use({ manifest: descriptor.digest, layer, open: () => source.blob(layer) });
  } finally {
    await location.close();
  }
}

function databaseLayer(bytes: Uint8Array, descriptor: Descriptor, source: ImageSource): Descriptor {
  const what = `${descriptor.digest} of ${source.name}`;
  const parsed = parseManifest(bytes, descriptor.mediaType, `manifest ${what}`);
  const layers = parsed.kind === 'manifest' ? parsed.manifest.layers : [];
  const [layer] = layers;
  if (layer === undefined || layers.length !== 1) throw unsupported(what, `it has ${layers.length} layers, not one`);
  if (layer.mediaType !== LAYER_TYPE) throw unsupported(what, `its layer is of type ${layer.mediaType}`);
  const title = layer.annotations?.[TITLE] ?? '';
  if (title === '') throw unsupported(what, `its layer has no annotation ${TITLE}`);
  if (title.startsWith('/') || title.split('/').includes('..'))
    throw unsupported(what, `its layer is called "${title}"`);
  return layer;
}

function unsupported(what: string, why: string): SutureError {
  return new SutureError('DATABASE_UNSUPPORTED', `${what} is no vulnerability database: ${why}`);
}

/**
 * Whether the next repository may be asked: the registry is overloaded, or serves a manifest whose blob it has lost
 * (mirror.gcr.io does at times). Refused credentials, unknown names and broken networks are for a person to see.
 */
export function mayAskNext(error: unknown, phase: 'manifest' | 'blob'): boolean {
  if (isSutureError(error, 'REGISTRY_UNAVAILABLE', 'RATE_LIMITED', 'HTTP_UNAVAILABLE')) return true;
  return phase === 'blob' && isSutureError(error, 'IMAGE_NOT_FOUND');
}
