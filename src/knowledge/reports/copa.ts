import { z } from 'zod';
import type { Digest } from '../../core/digest.ts';
import type { Finding, ScannerReport } from '../findings.ts';

/** Copa's own limit on names it hands to a package manager. */
const packageName = z
  .string()
  .max(256)
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9.+\-:~_]*$/);

const update = z.looseObject({
  name: packageName,
  installedVersion: z.string().nullish(),
  fixedVersion: z.string().nullish(),
  vulnerabilityID: z.string().nullish(),
});

const metadata = z.looseObject({
  os: z.looseObject({ type: z.string().min(1), version: z.string().nullish() }),
  config: z.looseObject({ arch: z.string().nullish(), variant: z.string().nullish() }).nullish(),
});

/** Copa's scanner plugin manifest, v1alpha1: OS updates in `updates`. Its own examples leave `apiVersion` out. */
export const copaV1Alpha1Schema = z.looseObject({
  apiVersion: z.literal('v1alpha1').nullish(),
  metadata,
  updates: z.array(update),
});

/** v1alpha2: OS and language updates apart. */
export const copaV1Alpha2Schema = z.looseObject({
  apiVersion: z.literal('v1alpha2').nullish(),
  metadata,
  osupdates: z.array(update).nullish(),
  langupdates: z.array(z.looseObject({})).nullish(),
});

type Update = z.output<typeof update>;
type Metadata = z.output<typeof metadata>;

export function scannerReportFromCopaV1Alpha1(
  manifest: z.output<typeof copaV1Alpha1Schema>,
  name: string,
  digest: Digest,
): ScannerReport {
  return { ...base(manifest.metadata, manifest.updates, name, digest), format: 'copa-v1alpha1', otherFindings: 0 };
}

export function scannerReportFromCopaV1Alpha2(
  manifest: z.output<typeof copaV1Alpha2Schema>,
  name: string,
  digest: Digest,
): ScannerReport {
  const updates = manifest.osupdates ?? [];
  const otherFindings = manifest.langupdates?.length ?? 0;
  return { ...base(manifest.metadata, updates, name, digest), format: 'copa-v1alpha2', otherFindings };
}

function base(from: Metadata, updates: readonly Update[], name: string, digest: Digest) {
  const { os, config } = from;
  return {
    name,
    digest,
    artifact: { repoDigests: [], diffIds: [] },
    os: { family: os.type, ...(os.version ? { name: os.version } : {}) },
    platform: {
      ...(config?.arch ? { architecture: config.arch } : {}),
      ...(config?.variant ? { variant: config.variant } : {}),
    },
    coversOsPackages: true,
    findings: updates.map(findingOf),
  };
}

function findingOf(update: Update): Finding {
  return {
    vulnerability: update.vulnerabilityID ?? '',
    vendorIds: [],
    package: { name: update.name, version: update.installedVersion ?? '' },
    status: update.fixedVersion ? 'fixed' : 'affected',
    ...(update.fixedVersion ? { fixedVersion: update.fixedVersion } : {}),
  };
}
