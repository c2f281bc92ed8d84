import { type Digest, sha256 } from '../../../core/digest.ts';
import { parseReference } from '../../../oci/reference.ts';
import type { ScannedOs } from './package.ts';
import { osName } from './release.ts';

/** What was scanned, for Trivy's identifiers. */
export interface ScannedArtifact {
  /** As the user named it. */
  readonly name: string;
  /** From `artifactId`; without it findings get no fingerprint. */
  readonly id?: string;
}

/**
 * Trivy's ArtifactID of an image (since 0.68): the config digest bound to the repository, so that a moved tag keeps it.
 * @param imageId digest of the image config
 * @param reference name in a registry; without one the ID is the image ID
 * @throws SutureError REFERENCE_INVALID
 */
export function artifactId(imageId: Digest, reference?: string): Digest {
  if (reference === undefined || reference === '') return imageId;
  const { host, repository } = parseReference(reference);
  // go-containerregistry, which Trivy uses, calls Docker Hub by its index.
  return sha256(`${imageId}:${host === 'docker.io' ? 'index.docker.io' : host}/${repository}`);
}

/** Target of the OS result in Trivy's report: `name (debian 12.5)`. */
export function osTarget(artifactName: string, os: ScannedOs): string {
  return `${artifactName} (${os.family} ${osName(os)})`;
}

/** Trivy's Fingerprint: the same finding has the same one in every scan of an artifact. */
export function fingerprint(artifact: string, target: string, packageId: string, vulnerability: string): Digest {
  return sha256(`${artifact}:${target}:${packageId}:${vulnerability}`);
}
