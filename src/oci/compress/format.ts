import { MEDIA_TYPES } from '../model.ts';

export type Compression = 'gzip' | 'zstd' | 'none';

/** What a layer's media type claims; undefined for a type that is no layer. The bytes themselves decide on read. */
export function compressionOf(mediaType: string): Compression | undefined {
  switch (mediaType) {
    case MEDIA_TYPES.ociLayerGzip:
    case MEDIA_TYPES.dockerLayerGzip:
    case MEDIA_TYPES.dockerForeignLayer:
      return 'gzip';
    case MEDIA_TYPES.ociLayerZstd:
      return 'zstd';
    case MEDIA_TYPES.ociLayer:
    case MEDIA_TYPES.dockerLayer:
      return 'none';
    default:
      return undefined;
  }
}

/** Bytes that detectCompression needs to be sure. */
export const MAGIC_LENGTH = 4;

/** Compression by magic number: gzip (RFC 1952), zstd frame or skippable frame (RFC 8878). */
export function detectCompression(start: Uint8Array): Compression {
  if (start[0] === 0x1f && start[1] === 0x8b) return 'gzip';
  if (start[0] === 0x28 && start[1] === 0xb5 && start[2] === 0x2f && start[3] === 0xfd) return 'zstd';
  if (((start[0] ?? 0) & 0xf0) === 0x50 && start[1] === 0x2a && start[2] === 0x4d && start[3] === 0x18) return 'zstd';
  return 'none';
}
