import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { textToByteString } from '../../core/bytes.ts';
import type { InstalledRpm } from '../rpm/types.ts';
import type { DatabasePackage } from './database-facts.ts';
import { readApkDatabase } from './read-apk.ts';
import { readDpkgDatabase } from './read-dpkg.ts';
import { scanRpmPackages } from './read-rpm.ts';

/** Trivy's own package lists of real images, from which the databases are written back and read again. */
const folder = new URL('../../../../shared/fixtures/trivy/packages/', import.meta.url);
const absent = !existsSync(folder);

interface Golden {
  readonly ID: string;
  readonly Name: string;
  readonly Version: string;
  readonly Release?: string;
  readonly Epoch?: number;
  readonly Arch: string;
  readonly SrcName?: string;
  readonly SrcVersion?: string;
  readonly SrcRelease?: string;
  readonly SrcEpoch?: number;
  readonly Licenses?: readonly string[];
  readonly Maintainer?: string;
  readonly Repository?: { readonly Class: string };
}

function golden(name: string): Golden[] {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as Golden[];
}

/** Ours in the golden list's shape; licences of Debian lie in other files. */
function shape(found: DatabasePackage, licenses: boolean): Golden {
  const { name, version, release, epoch } = found.src;
  return {
    ID: found.id,
    Name: found.name,
    Version: found.version,
    ...(found.release === '' ? {} : { Release: found.release }),
    ...(found.epoch === 0 ? {} : { Epoch: found.epoch }),
    Arch: found.arch,
    ...(name === '' ? {} : { SrcName: name, SrcVersion: version }),
    ...(release === '' ? {} : { SrcRelease: release }),
    ...(epoch === 0 ? {} : { SrcEpoch: epoch }),
    ...(licenses ? { Licenses: found.licenses } : {}),
    ...(found.maintainer === undefined ? {} : { Maintainer: found.maintainer }),
    ...(found.repositoryClass === undefined ? {} : { Repository: { Class: found.repositoryClass } }),
  };
}

function expected(
  { Licenses, ...entry }: Golden & { AnalyzedBy?: string; BuildInfo?: unknown },
  licenses: boolean,
): Golden {
  const { AnalyzedBy: _, BuildInfo: __, ...rest } = entry;
  return licenses ? { ...rest, Licenses: Licenses ?? [] } : rest;
}

const join = (epoch = 0, version = '', release = ''): string =>
  `${epoch === 0 ? '' : `${epoch}:`}${version}${release === '' ? '' : `-${release}`}`;

describe.skipIf(absent)("Trivy's package lists", () => {
  it('debian-buster is read back from a status file', () => {
    const list = golden('debian-buster');
    const text = list.map((p) =>
      [
        `Package: ${p.Name}`,
        'Status: install ok installed',
        `Maintainer: ${p.Maintainer}`,
        `Architecture: ${p.Arch}`,
        `Source: ${p.SrcName} (${join(p.SrcEpoch, p.SrcVersion, p.SrcRelease)})`,
        `Version: ${p.ID.slice(p.Name.length + 1)}`,
      ].join('\n'),
    );
    const { packages, problems } = readDpkgDatabase(textToByteString(`${text.join('\n\n')}\n`), 'status', new Map());
    expect(problems).toEqual([]);
    expect(packages.map((found) => shape(found, false))).toEqual(list.map((entry) => expected(entry, false)));
  });

  it('alpine-310 is read back from an installed database', () => {
    const list = golden('alpine-310');
    const text = list.map((p) =>
      [
        `P:${p.Name}`,
        `V:${p.Version}`,
        `A:${p.Arch}`,
        `L:${p.Licenses?.join(' AND ')}`,
        `o:${p.SrcName}`,
        ...(p.Maintainer ? [`m:${p.Maintainer}`] : []),
      ].join('\n'),
    );
    const { packages, problems } = readApkDatabase(textToByteString(text.join('\n\n')), 'installed');
    expect(problems).toEqual([]);
    expect(packages.map((found) => shape(found, true))).toEqual(list.map((entry) => expected(entry, true)));
  });

  it.each(['amazon-2', 'ubi-7'])('%s is read back from rpm headers', (name) => {
    const list = golden(name);
    const installed = list.map(
      (p): InstalledRpm => ({
        name: p.Name,
        epoch: p.Epoch ?? 0,
        version: p.Version,
        release: p.Release ?? '',
        arch: p.ID.endsWith('.') ? '' : p.Arch,
        sourceRpm: p.SrcName === undefined ? '' : `${p.SrcName}-${p.SrcVersion}-${p.SrcRelease}.src.rpm`,
        vendor: p.Maintainer ?? '',
        license: p.Licenses?.[0] ?? '',
        modularityLabel: '',
        sigMd5: '',
        provides: [],
        requires: [],
      }),
    );
    const { packages } = scanRpmPackages(installed);
    expect(packages.map((found) => shape(found, true))).toEqual(list.map((entry) => expected(entry, true)));
  });
});
