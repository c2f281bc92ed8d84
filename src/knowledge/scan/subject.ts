import type { ScannedImage } from '../../packages/inventory/types.ts';
import type { ScannerReport } from '../findings.ts';
import { readReport } from '../reports/read.ts';
import { isSbomOrPackages } from '../reports/recognise.ts';
import { readInventoryDocument } from '../sbom/read.ts';
import type { ScanArtifact } from './result.ts';

/** What is to be judged: an inventory, a report with findings of its own, or both. */
export interface ScanSubject {
  readonly artifact: ScanArtifact;
  readonly image?: ScannedImage;
  readonly report?: ScannerReport;
}

/**
 * Reads a FILE argument: an SBOM (CycloneDX, SPDX), a Trivy report, with or without packages, or a Grype report.
 * @throws SutureError LIMIT_EXCEEDED, REPORT_UNSUPPORTED, REPORT_INVALID
 */
export function subjectOfFile(bytes: Uint8Array, name: string): ScanSubject {
  switch (isSbomOrPackages(bytes)) {
    case 'sbom': {
      const { format, image } = readInventoryDocument(bytes, { name });
      return { artifact: { ...emptyArtifact(name), type: format === 'spdx' ? 'spdx' : 'cyclonedx' }, image };
    }
    case 'report-with-packages': {
      const { image } = readInventoryDocument(bytes, { name });
      const report = readReport(bytes, { name });
      return { artifact: artifactOfReport(report), image, report };
    }
    case 'report': {
      const report = readReport(bytes, { name });
      return { artifact: artifactOfReport(report), report };
    }
  }
}

function emptyArtifact(name: string): ScanArtifact {
  return { name, type: 'container_image', repoTags: [], repoDigests: [], diffIds: [], layers: [], platform: {} };
}

function artifactOfReport({ artifact, name, platform }: ScannerReport): ScanArtifact {
  const { repoDigests, diffIds, id } = artifact;
  return {
    ...emptyArtifact(artifact.name ?? name),
    ...(id === undefined ? {} : { id }),
    repoDigests,
    diffIds,
    platform,
  };
}
