import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { collect } from '../src/core/streams.ts';
import { writeTar } from '../src/oci/tar/write.ts';
import { entriesOf, type Files } from '../test/e2e/support/files.ts';
import { writeImage } from './image.ts';
import { SOURCES, sourceName } from './scan-database.ts';

/** Binary packages of one source, on average, times ten: 400 packages come from 250 sources. */
const BINARIES_TIMES_TEN = 16;

/** Releases of each package in the fleet. */
export const VERSIONS = 4;

/** Records of dpkg's status file as real ones are: about a kilobyte each. `variant` chooses other sources. */
export function statusFile(packages: number, variant = 0, version = 0): string {
  const records: string[] = [];
  for (let number = 0; number < packages; number++) {
    const group = Math.floor((number * 10) / BINARIES_TIMES_TEN);
    const source = sourceName((group * 7 + variant * 131) % SOURCES);
    const name = `${source}-bin${number - Math.ceil((group * BINARIES_TIMES_TEN) / 10)}`;
    records.push(
      `${[
        `Package: ${name}`,
        'Status: install ok installed',
        'Priority: optional',
        'Section: libs',
        `Installed-Size: ${100 + number}`,
        'Maintainer: Debian Example Maintainers <maintainers@lists.debian.org>',
        'Architecture: amd64',
        'Multi-Arch: same',
        `Source: ${source}`,
        `Version: 1.0-${9 - version}`,
        `Depends: libc6 (>= 2.34), ${sourceName(number)}-bin${Math.max(number - 1, 0)} (>= 1.0), libgcc-s1 (>= 3.0)`,
        `Description: package ${number} of the measured image`,
        ...Array.from(
          { length: 6 },
          () => ' What the package is for, in the words of its maintainer, at the usual length.',
        ),
        'Homepage: https://www.example.org/',
      ].join('\n')}\n`,
    );
  }
  return records.join('\n');
}

/** An OCI layout with an image of so many packages and, above them, so many bytes of application files. */
export async function makeScanImage(cache: string, packages: number, filler: number): Promise<string> {
  const directory = join(cache, `image-${packages}-${filler}`);
  if (existsSync(directory)) return directory;
  mkdirSync(cache, { recursive: true });
  const files: Files = {
    '/etc/os-release': 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n',
    '/etc/debian_version': '12.9\n',
    '/var/lib/dpkg/status': statusFile(packages),
  };
  const root = join(cache, `root-${packages}.tar`);
  writeFileSync(root, await collect(writeTar(entriesOf(files, '')), 1 << 28, 'root'));
  await writeImage(directory, root, filler);
  return directory;
}
