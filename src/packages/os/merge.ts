import type { ScannedImage, ScannedOs } from '../inventory/types.ts';

export type ApkStream = NonNullable<ScannedImage['repository']>;

/**
 * What a later file or layer adds to what is known of the operating system (Trivy's rule). Red Hat and Debian give way to
 * any later family, because their derivatives carry their files, too; with all others the first family and release hold,
 * also when an upper layer brings a newer release.
 */
export function mergeOs(known: ScannedOs | undefined, added: ScannedOs): ScannedOs {
  if (known === undefined) return added;
  const supplier = known.supplier ?? added.supplier;
  const base =
    (known.family === 'redhat' || known.family === 'debian') && added.family !== ''
      ? added
      : {
          family: known.family || added.family,
          name: known.name || added.name,
          extended: known.extended || added.extended,
        };
  return {
    family: base.family,
    name: base.name,
    extended: base.extended,
    ...(supplier === undefined ? {} : { supplier }),
  };
}

/** What the layers, lowest first, say about the operating system and the apk repositories. */
export interface OsFacts {
  /** In the order of RELEASE_FILES. */
  readonly os: readonly ScannedOs[];
  readonly repository?: ApkStream;
}

export interface DetectedOs {
  readonly os?: ScannedOs;
  readonly repository?: ApkStream;
}

/**
 * The operating system of an image from its layers: files merged upwards, the repositories of the last layer that
 * configures any; these also stand in for the system where no file names one.
 */
export function detectOs(layers: readonly OsFacts[]): DetectedOs {
  let os: ScannedOs | undefined;
  let repository: ApkStream | undefined;
  for (const layer of layers) {
    for (const added of layer.os) os = mergeOs(os, added);
    repository = layer.repository ?? repository;
  }
  if ((os === undefined || os.family === '') && repository !== undefined) {
    os = { ...(os ?? { extended: false }), family: repository.family, name: repository.release };
  }
  return {
    ...(os === undefined || os.family === '' ? {} : { os }),
    ...(repository === undefined ? {} : { repository }),
  };
}
