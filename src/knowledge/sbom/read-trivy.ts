import { z } from 'zod';
import { isDigest } from '../../core/digest.ts';
import { purlOf } from '../../packages/inventory/purl.ts';
import type { PackageManager, ScannedImage, ScannedOs, ScannedPackage } from '../../packages/inventory/types.ts';
import { finished, otherComponents } from './assemble.ts';

const text = z.string().nullish();
const texts = z.array(z.string()).nullish();
const number = z.number().nullish();

const trivyPackage = z.looseObject({
  ID: text,
  Name: z.string().min(1),
  Identifier: z.looseObject({ PURL: text }).nullish(),
  Version: text,
  Release: text,
  Epoch: number,
  Arch: text,
  SrcName: text,
  SrcVersion: text,
  SrcRelease: text,
  SrcEpoch: number,
  Licenses: texts,
  Maintainer: text,
  Modularitylabel: text,
  BuildInfo: z.looseObject({ ContentSets: texts, Nvr: text, Arch: text }).nullish(),
  Repository: z.looseObject({ Class: text }).nullish(),
  DependsOn: texts,
  Layer: z.looseObject({ Digest: text, DiffID: text }).nullish(),
  FilePath: text,
  Digest: text,
  InstalledFiles: texts,
  AnalyzedBy: text,
});

/** Trivy's JSON report with `--list-all-pkgs` (its default): the packages, not the findings. */
export const trivyPackagesSchema = z.looseObject({
  SchemaVersion: z.literal(2),
  Metadata: z
    .looseObject({
      OS: z
        .looseObject({
          Family: text,
          Name: text,
          EOSL: z.boolean().nullish(),
          Supplier: text,
          extended: z.boolean().nullish(),
        })
        .nullish(),
    })
    .nullish(),
  Results: z.array(z.looseObject({ Class: text, Packages: z.array(trivyPackage).nullish() })).nullish(),
});

type TrivyPackage = z.output<typeof trivyPackage>;

export function imageOfTrivyReport(report: z.output<typeof trivyPackagesSchema>): ScannedImage {
  const system = report.Metadata?.OS;
  const os: ScannedOs | undefined = system?.Family
    ? {
        family: system.Family,
        name: system.Name ?? '',
        extended: system.extended === true,
        ...(system.Supplier ? { supplier: system.Supplier } : {}),
        ...(system.EOSL == null ? {} : { eosl: system.EOSL }),
      }
    : undefined;
  const results = (report.Results ?? []).filter((result) => result.Class === 'os-pkgs');
  const packages = results.flatMap((result) => (result.Packages ?? []).map((found) => packageOf(found, os)));
  const languages = (report.Results ?? []).filter((result) => result.Class === 'lang-pkgs');
  const others = languages.reduce((sum, result) => sum + (result.Packages?.length ?? 0), 0);
  return finished({
    ...(os === undefined ? {} : { os }),
    packages,
    problems: [],
    uncompared: otherComponents(others),
  });
}

function packageOf(found: TrivyPackage, os: ScannedOs | undefined): ScannedPackage {
  const facts = {
    name: found.Name,
    version: found.Version ?? '',
    release: found.Release ?? '',
    epoch: found.Epoch ?? 0,
    arch: found.Arch ?? '',
    ...(found.Modularitylabel ? { modularityLabel: found.Modularitylabel } : {}),
  };
  const purl = found.Identifier?.PURL ?? (os === undefined ? undefined : purlOf(facts, os));
  return {
    id: found.ID || `${facts.name}@${facts.version}${facts.release === '' ? '' : `-${facts.release}`}`,
    ...facts,
    src: {
      name: found.SrcName ?? '',
      version: found.SrcVersion ?? '',
      release: found.SrcRelease ?? '',
      epoch: found.SrcEpoch ?? 0,
    },
    ...buildInfo(found.BuildInfo),
    ...repositoryClass(found.Repository?.Class),
    licenses: found.Licenses ?? [],
    ...(found.Maintainer ? { maintainer: found.Maintainer } : {}),
    dependsOn: found.DependsOn ?? [],
    ...layer(found.Layer),
    ...(found.FilePath ? { filePath: found.FilePath } : {}),
    ...(found.Digest ? { digest: found.Digest } : {}),
    ...(found.InstalledFiles == null ? {} : { installedFiles: found.InstalledFiles }),
    identifier: purl === undefined ? {} : { purl },
    ...analyzedBy(found.AnalyzedBy),
  };
}

function buildInfo(info: TrivyPackage['BuildInfo']): Pick<ScannedPackage, 'buildInfo'> {
  if (info == null) return {};
  return {
    buildInfo: {
      ...(info.ContentSets == null ? {} : { contentSets: info.ContentSets }),
      ...(info.Nvr ? { nvr: info.Nvr } : {}),
      ...(info.Arch ? { arch: info.Arch } : {}),
    },
  };
}

function layer(of: TrivyPackage['Layer']): Pick<ScannedPackage, 'layer'> {
  const [digest, diffId] = [of?.Digest ?? '', of?.DiffID ?? ''];
  if (!isDigest(digest) && !isDigest(diffId)) return {};
  return { layer: { ...(isDigest(digest) ? { digest } : {}), ...(isDigest(diffId) ? { diffId } : {}) } };
}

function repositoryClass(text: string | null | undefined): Pick<ScannedPackage, 'repositoryClass'> {
  return text === 'official' || text === 'third-party' ? { repositoryClass: text } : {};
}

function analyzedBy(text: string | null | undefined): { analyzedBy?: PackageManager } {
  return text === 'apk' || text === 'dpkg' || text === 'rpm' ? { analyzedBy: text } : {};
}
