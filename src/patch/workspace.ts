import type { Clock, Environment } from '../core/ports.ts';
import type { Progress } from '../core/progress.ts';
import type { HttpClient } from '../net/types.ts';
import type { BlobCache } from '../oci/layer/blob-cache.ts';
import type { LayerStore } from '../oci/layer/layer-store.ts';
import type { LocationContext } from '../oci/location.ts';
import type { RepositoryAccess } from '../packages/family.ts';
import type { SharedLayers } from './shared/shared-layers.ts';

/** What patching takes from the machine, opened once and shared by every image of a run. */
export interface Workspace {
  readonly cacheDirectory: string;
  readonly layers: LayerStore;
  readonly blobs: BlobCache;
  readonly http: HttpClient;
  readonly locations: LocationContext;
  /** How package repositories are reached; the same for every image of one run. */
  readonly repositories: Pick<RepositoryAccess, 'redirects' | 'keyrings' | 'authFiles' | 'sourcesFiles' | 'offline'>;
  /** Patch layers of other images; every image gets one of its own without it. */
  readonly sharedLayers?: SharedLayers;
  readonly clock: Clock;
  readonly environment: Environment;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly toolVersion: string;
}
