import type { Digest } from '../../../core/digest.ts';
import type { Clock } from '../../../core/ports.ts';
import type { Progress } from '../../../core/progress.ts';
import type { PinnedKeyring } from './release/source-keys.ts';
import type { AuthFile } from './transport/credentials.ts';
import type { Redirect } from './transport/redirects.ts';
import type { RepositoryHttp } from './transport/transport.ts';

/** How repositories are reached and judged: what the caller decides, as opposed to what the image configures. */
export interface RepositoryAccess {
  readonly http: RepositoryHttp;
  /** Holds only what can be fetched again; may be shared between processes and hosts. */
  readonly cacheDirectory: string;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly redirects?: readonly Redirect[];
  /**
   * Sources for images that configure no repository at all (distroless): the content of a sources.list, or of a *.sources
   * file when `name` ends so. Key files that they name are of this machine; others come from `keyrings`.
   */
  readonly defaultSources?: readonly { readonly name: string; readonly text: string }[];
  readonly keyrings?: readonly PinnedKeyring[];
  /** Looked up before those of the image. */
  readonly credentials?: readonly AuthFile[];
  /** Use the cache and local directories only. */
  readonly offline?: boolean;
  /**
   * By RepositoryInfo.id, the digest of the signed index of a stored plan: exactly this one is used, from the cache or the
   * repository, whatever its age; repositories that are not named are not used.
   */
  readonly lock?: ReadonlyMap<string, Digest>;
  /** By RepositoryInfo.id, ISO 8601: an older signed index is refused, for example older than the earlier patch's. */
  readonly minimumDates?: ReadonlyMap<string, string>;
  /**
   * Honours `Check-Valid-Until: no` where the image says it (frozen snapshots). Otherwise it is ignored: an image must not
   * be able to turn a check of this program off.
   */
  readonly honourCheckValidUntilNo?: boolean;
}
