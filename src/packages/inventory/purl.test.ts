import { PackageURL } from 'packageurl-js';
import { describe, expect, it } from 'vitest';
import { purlOf } from './purl.ts';

const found = { name: 'bash', version: '5.0', release: '4', epoch: 0, arch: 'amd64' };
const os = (family: string, name: string) => ({ family, name, extended: false });

describe('purlOf', () => {
  it.each([
    [found, os('debian', '10.1'), 'pkg:deb/debian/bash@5.0-4?arch=amd64&distro=debian-10.1'],
    [
      { ...found, name: 'libstdc++6', version: '1+git~2' },
      os('ubuntu', '22.04'),
      'pkg:deb/ubuntu/libstdc%2B%2B6@1%2Bgit~2-4?arch=amd64&distro=ubuntu-22.04',
    ],
    [
      { ...found, name: 'Musl', version: '1.2-r0', release: '', arch: 'x86_64' },
      os('alpine', '3.10.2'),
      'pkg:apk/alpine/musl@1.2-r0?arch=x86_64&distro=3.10.2',
    ],
    [
      { ...found, epoch: 32, arch: 'x86_64' },
      os('amazon', '2 (Karoo)'),
      'pkg:rpm/amazon/bash@5.0-4?arch=x86_64&distro=amazon-2%20%28Karoo%29&epoch=32',
    ],
    [
      { ...found, modularityLabel: 'nodejs:12:8030:229f' },
      os('redhat', '8.3'),
      'pkg:rpm/redhat/bash@5.0-4?arch=amd64&distro=redhat-8.3&modularitylabel=nodejs:12:8030:229f',
    ],
    [found, os('sles', '15.5'), 'pkg:rpm/suse/bash@5.0-4?arch=amd64&distro=sles-15.5'],
    [found, os('opensuse-leap', '15.5'), 'pkg:rpm/opensuse/bash@5.0-4?arch=amd64&distro=opensuse-leap-15.5'],
    [{ ...found, arch: '' }, os('bottlerocket', '1.19'), 'pkg:bottlerocket/bash@5.0-4?distro=bottlerocket-1.19'],
  ])('%j on %j', (input, system, expected) => {
    expect(purlOf(input, system)).toBe(expected);
    const parsed = PackageURL.fromString(expected);
    expect(parsed.name).toBe(
      expected.includes('/apk/') || expected.includes('pkg:apk') ? input.name.toLowerCase() : input.name,
    );
    expect(parsed.version).toBe(input.release === '' ? input.version : `${input.version}-${input.release}`);
  });
});
