import type { Digest } from '../../core/digest.ts';
import type { Severity } from '../../core/severity.ts';
import type { FindingStatus } from '../../knowledge/findings.ts';
import { matchInventory } from '../../knowledge/scan/match-inventory.ts';
import { type ScanFinding, severityOf } from '../../knowledge/scan/result.ts';
import type { VulnerabilityDatabase } from '../../knowledge/trivy-db/database.ts';
import { formatPlatform, isAttestation, loadImageOrIndex } from '../../oci/image.ts';
import { openLocation } from '../../oci/location.ts';
import { formatReference, parseReference } from '../../oci/reference.ts';
import type { ScannedImage } from '../../packages/inventory/types.ts';
import { openImage } from '../../patch/open-image.ts';
import { scanSubject } from '../../patch/scan-image.ts';
import type { Workspace } from '../../patch/workspace.ts';

export interface FleetFinding {
  readonly vulnerability: string;
  /** Binary package. */
  readonly package: string;
  readonly severity: Severity;
  readonly status: FindingStatus;
  readonly installedVersion: string;
  readonly fixedVersion?: string;
  readonly title?: string;
  readonly url?: string;
}

export interface ImageScan {
  /** One per vulnerability and package, whatever the platform. */
  readonly findings: readonly FleetFinding[];
  /** Why nothing can be said about the image as a whole; empty when everything was compared. */
  readonly unknown: readonly string[];
  readonly endOfLife: boolean;
  /** What is installed, of an index in each image. */
  readonly inventories: readonly ScannedImage[];
  readonly database: Digest;
}

/** The findings of an image, or of all images of an index, in OS packages. */
export async function scanImage(
  workspace: Workspace,
  database: VulnerabilityDatabase,
  reference: string,
  platform: string | undefined,
): Promise<ImageScan> {
  const findings = new Map<string, FleetFinding>();
  const unknown = new Set<string>();
  const inventories: ScannedImage[] = [];
  let endOfLife = false;
  for (const name of await imagesOf(workspace, reference, platform)) {
    const opened = await openImage(workspace, name, platform);
    try {
      const { artifact, image } = await scanSubject(workspace, opened);
      if (image === undefined) continue;
      inventories.push(image);
      const evaluation = matchInventory(database, image, artifact, workspace.clock.now());
      for (const { scope, detail } of evaluation.unknowns) if (scope === 'image') unknown.add(detail);
      endOfLife ||= evaluation.endOfLife;
      for (const found of evaluation.findings.map(fleetFinding))
        findings.set(`${found.vulnerability} ${found.package}`, found);
    } finally {
      await opened.location.close();
    }
  }
  const { digest } = database.identity;
  return { findings: [...findings.values()], unknown: [...unknown], endOfLife, inventories, database: digest };
}

/** A finding of a scan as the store keeps it. */
export function fleetFinding(found: ScanFinding): FleetFinding {
  const { vulnerability, package: installed, status, fixedVersion, title, url } = found;
  return {
    vulnerability,
    package: installed.name,
    severity: severityOf(found),
    status,
    installedVersion: installed.version,
    ...(fixedVersion === undefined || fixedVersion === '' ? {} : { fixedVersion }),
    ...(title === undefined ? {} : { title }),
    ...(url === undefined ? {} : { url }),
  };
}

/** The image itself, or each Linux image of an index by its digest. */
async function imagesOf(workspace: Workspace, reference: string, platform: string | undefined): Promise<string[]> {
  const { source, target, close } = await openLocation(reference, workspace.locations);
  try {
    const found = await loadImageOrIndex(source, target);
    if (found.kind === 'image' || platform !== undefined) return [reference];
    const { host, repository } = parseReference(reference);
    return found.index.manifests
      .filter((entry) => !isAttestation(entry))
      .filter((entry) => entry.platform === undefined || formatPlatform(entry.platform).startsWith('linux/'))
      .map(({ digest }) => formatReference({ host, repository, digest }));
  } finally {
    await close();
  }
}
