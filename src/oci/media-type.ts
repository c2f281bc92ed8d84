import { SutureError } from '../core/errors/error.ts';
import type { Compression } from './compress/format.ts';
import { type Descriptor, type Image, MEDIA_TYPES } from './model.ts';

/** Which specification a manifest follows; never mixed within one image. */
export type ManifestFamily = 'oci' | 'docker';

export function manifestFamily(mediaType: string): ManifestFamily {
  return mediaType.startsWith('application/vnd.docker.') ? 'docker' : 'oci';
}

/**
 * A layer whose content lies elsewhere (base layers of Windows images): registries need not hold its blob, tools keep
 * its descriptor as it is.
 */
export function isForeignLayer(descriptor: Descriptor): boolean {
  return /(?:\.foreign\.|\.nondistributable\.)/.test(descriptor.mediaType);
}

/**
 * The media type of a new layer, in the family of the image's manifest.
 * @throws SutureError IMAGE_UNSUPPORTED zstd in a Docker schema 2 image, which has no type for it
 */
export function layerMediaType(image: Pick<Image, 'descriptor'>, compression: Compression): string {
  if (manifestFamily(image.descriptor.mediaType) === 'oci') {
    const types = { none: MEDIA_TYPES.ociLayer, gzip: MEDIA_TYPES.ociLayerGzip, zstd: MEDIA_TYPES.ociLayerZstd };
    return types[compression];
  }
  if (compression === 'zstd') {
    throw new SutureError('IMAGE_UNSUPPORTED', 'a Docker schema 2 image cannot have a zstd layer; use gzip');
  }
  return compression === 'gzip' ? MEDIA_TYPES.dockerLayerGzip : MEDIA_TYPES.dockerLayer;
}

export function isImageConfigType(mediaType: string): boolean {
  return mediaType === MEDIA_TYPES.ociConfig || mediaType === MEDIA_TYPES.dockerConfig;
}
