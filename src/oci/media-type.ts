import { SutureError } from '../core/errors/error.ts';
import { type Descriptor, type Image, MEDIA_TYPES } from './model.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

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

/** The compression a layer's media type says; undefined when the type is no layer of a file system. */
export function layerCompression(mediaType: string): Compression | undefined {
  const found =
    /^application\/vnd\.(?:oci\.image\.layer\.(?:nondistributable\.)?v1\.tar(?:\+(gzip|zstd))?|docker\.image\.rootfs\.(?:foreign\.)?diff\.tar(?:\.(gzip|zstd))?)$/.exec(
      mediaType,
    );
  if (!found) return undefined;
  return (found[1] ?? found[2] ?? 'none') as Compression;
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
