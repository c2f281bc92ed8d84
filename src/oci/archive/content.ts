import type { Digest } from '../../core/digest.ts';
import type { Descriptor } from '../model.ts';
import type { ArchivedFile } from './archive-file.ts';

/** What an archive holds, whichever way it is written. */
export interface ArchiveContent {
  readonly images: readonly ArchivedImage[];
  /** A manifest, config or layer; undefined when the archive has none of this digest. */
  blob(digest: Digest): ArchivedFile | undefined;
}

export interface ArchivedImage {
  /** Canonical references where they are such, else as written. */
  readonly names: readonly string[];
  /** Where layers have no digests in the archive they are computed here, once. */
  describe(): Promise<Descriptor>;
}
