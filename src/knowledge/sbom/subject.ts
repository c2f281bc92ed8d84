import { createHash } from 'node:crypto';
import type { Digest } from '../../core/digest.ts';
import type { ScannedImage, ScannedPackage } from '../../packages/inventory/types.ts';

/** The image that an SBOM describes, and who wrote it. Nothing here comes from the clock: the same image gives the same bytes. */
export interface SbomSubject {
  /** As a person names the image. */
  readonly name: string;
  /** Of the image's manifest. */
  readonly digest: Digest;
  readonly diffIds: readonly Digest[];
  /** ISO 8601: when the image was made, or its source date. */
  readonly created: string;
  readonly toolVersion: string;
}

export interface Sbom {
  readonly subject: SbomSubject;
  readonly image: ScannedImage;
}

/** A version 8 UUID (RFC 9562, free form) from the digest of the image and what is written about it. */
export function stableUuid(sbom: Sbom, format: string): string {
  const hash = createHash('sha256');
  hash.update(`${format}\0${sbom.subject.digest}\0${sbom.subject.name}\0${sbom.subject.toolVersion}\0`);
  hash.update(JSON.stringify(sbom.image));
  const bytes = hash.digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The date with whole seconds and zone Z, as SPDX wants it; the epoch where the image gives none that can be read. */
export function sbomDate(created: string): string {
  const time = Date.parse(created);
  return new Date(Number.isNaN(time) ? 0 : time).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** `[epoch:]version[-release]`. */
export function fullVersion({
  epoch,
  version,
  release,
}: Pick<ScannedPackage, 'epoch' | 'version' | 'release'>): string {
  return `${epoch === 0 ? '' : `${epoch}:`}${version}${release === '' ? '' : `-${release}`}`;
}

/** By ID and architecture a package is unique in an image; packages of other architectures share the ID. */
export function packageKey({ id, arch }: Pick<ScannedPackage, 'id' | 'arch'>): string {
  return `${id}/${arch}`;
}

/** For each package the keys of those it depends on; of two architectures its own. */
export function dependencyKeys(packages: readonly ScannedPackage[]): ReadonlyMap<string, readonly string[]> {
  const byId = new Map<string, ScannedPackage[]>();
  for (const found of packages) byId.set(found.id, [...(byId.get(found.id) ?? []), found]);
  return new Map(
    packages.map((found) => {
      const needed = found.dependsOn.flatMap((id) => {
        const candidates = byId.get(id) ?? [];
        const best = candidates.find(({ arch }) => arch === found.arch) ?? candidates[0];
        return best === undefined ? [] : [packageKey(best)];
      });
      return [packageKey(found), needed];
    }),
  );
}
