import { describe, expect, it } from 'vitest';
import { readApkStream } from './apk-stream.ts';
import { buildInfoOf, isBuildInfoFile, readBuildInfo } from './build-info.ts';
import { detectOs, mergeOs } from './merge.ts';
import { readReleaseFile } from './release-files.ts';

function read(path: string, text: string): string | undefined {
  const os = readReleaseFile(path, text);
  return os && `${os.family}/${os.name}${os.extended ? '+' : ''}`;
}

describe('readReleaseFile', () => {
  it.each([
    ['etc/redhat-release', 'Red Hat Enterprise Linux release 8.9 (Ootpa)\n', 'redhat/8.9'],
    ['etc/redhat-release', 'CentOS release 6.10 (Final)\n', 'centos/6.10'],
    ['etc/redhat-release', 'Rocky Linux release 9.3 (Blue Onyx)\n', 'rocky/9.3'],
    ['etc/redhat-release', 'AlmaLinux release 9.3 (Shamrock)\n', 'alma/9.3'],
    ['etc/redhat-release', 'CentOS Stream release 9\n', 'redhat/9'],
    ['etc/centos-release', 'CentOS Linux release 7.9.2009 (Core)\n', 'centos/7.9.2009'],
    ['etc/centos-release', 'CentOS Stream release 9\n', undefined],
    ['etc/oracle-release', 'Oracle Linux Server release 9.3\n', 'oracle/9.3'],
    ['etc/rocky-release', 'Rocky Linux release 8.4 (Green Obsidian)\n', 'rocky/8.4'],
    ['etc/almalinux-release', 'AlmaLinux release 8.4 (Electric Cheetah)\n', 'alma/8.4'],
    ['etc/fedora-release', 'Fedora release 39 (Thirty Nine)\n', 'fedora/39'],
    ['etc/redhat-release', 'rubbish\n', undefined],
    ['etc/system-release', 'Amazon Linux release 2 (Karoo)\n', 'amazon/2 (Karoo)'],
    ['etc/system-release', 'Amazon Linux AMI release 2018.03\n', 'amazon/AMI release 2018.03'],
    [
      'usr/lib/system-release',
      'Amazon Linux release 2023.6.20241212 (Amazon Linux)\n',
      'amazon/2023.6.20241212 (Amazon Linux)',
    ],
    ['etc/system-release', 'CentOS Linux release 7.9.2009 (Core)\n', undefined],
    ['etc/debian_version', '12.5\n', 'debian/12.5'],
    ['etc/debian_version', 'trixie/sid\n', 'debian/trixie/sid'],
    ['etc/debian_version', '', undefined],
    ['etc/lsb-release', 'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=22.04\nDISTRIB_CODENAME=jammy\n', 'ubuntu/22.04'],
    ['etc/lsb-release', 'DISTRIB_ID=Other\nDISTRIB_RELEASE=22.04\n', undefined],
    ['var/lib/ubuntu-advantage/status.json', '{"services":[{"name":"esm-infra","status":"enabled"}]}', 'ubuntu/+'],
    ['var/lib/ubuntu-advantage/status.json', '{"services":[{"name":"esm-infra","status":"disabled"},null]}', undefined],
    ['var/lib/ubuntu-advantage/status.json', 'not json', undefined],
    ['etc/alpine-release', '3.19.1\n', 'alpine/3.19.1'],
    ['etc/os-release', 'NAME="openSUSE Leap"\nID="opensuse-leap"\nVERSION_ID="15.5"\n', 'opensuse-leap/15.5'],
    ['etc/os-release', 'ID=wolfi\nVERSION_ID=20230201\n', 'wolfi/20230201'],
    ['etc/os-release', "ID='mariner'\nVERSION_ID='2.0'\n", 'cbl-mariner/2.0'],
    ['usr/lib/os-release', 'NAME="CentOS Stream"\nID="centos"\nVERSION_ID="9"\n', 'centos-stream/9'],
    ['usr/lib/os-release', 'ID=debian\nVERSION_ID="12"\n', undefined],
    ['usr/lib/os-release', 'ID=opensuse-tumbleweed\n', undefined],
    ['etc/hostname', 'ID=alpine\nVERSION_ID=3\n', undefined],
  ])('%s with %j says %s', (path, text, expected) => {
    expect(read(path, text)).toBe(expected);
  });
});

describe('detectOs', () => {
  const os = (family: string, name: string, extended = false) => ({ family, name, extended });

  it('lets a derivative replace Debian and Red Hat, and a newer Debian an older one', () => {
    expect(mergeOs(os('debian', 'bookworm/sid'), os('ubuntu', '22.04'))).toEqual(os('ubuntu', '22.04'));
    expect(mergeOs(os('ubuntu', '22.04'), os('debian', 'bookworm/sid'))).toEqual(os('ubuntu', '22.04'));
    expect(mergeOs(os('redhat', '9'), os('centos-stream', '9'))).toEqual(os('centos-stream', '9'));
    expect(mergeOs(os('debian', '12.1'), os('debian', '12.5'))).toEqual(os('debian', '12.5'));
    expect(mergeOs(os('alpine', '3.18.0'), os('alpine', '3.19.1'))).toEqual(os('alpine', '3.18.0'));
  });

  it('keeps extended support and supplier beside the family', () => {
    const pro = os('ubuntu', '', true);
    expect(mergeOs(pro, os('ubuntu', '20.04'))).toEqual(os('ubuntu', '20.04', true));
    const curated = { ...os('', ''), supplier: 'rapidfort' };
    expect(mergeOs(os('debian', '12.5'), curated)).toEqual({ ...os('debian', '12.5'), supplier: 'rapidfort' });
    expect(mergeOs({ ...curated }, os('alpine', '3.19.1'))).toEqual({
      ...os('alpine', '3.19.1'),
      supplier: 'rapidfort',
    });
  });

  it('takes the repositories of the last layer, also in place of an unknown system', () => {
    const older = { family: 'alpine', release: '3.18' };
    const newer = { family: 'alpine', release: '3.19' };
    expect(
      detectOs([{ os: [os('alpine', '3.18.4')], repository: older }, { os: [], repository: newer }, { os: [] }]),
    ).toEqual({
      os: os('alpine', '3.18.4'),
      repository: newer,
    });
    expect(detectOs([{ os: [], repository: older }]).os).toEqual(os('alpine', '3.18'));
    expect(detectOs([{ os: [] }, { os: [{ ...os('', ''), supplier: 'rapidfort' }] }])).toEqual({});
  });
});

describe('readApkStream', () => {
  it.each([
    ['https://example.org/alpine/v3.9/main\nhttps://example.org/alpine/v3.10/community\n', '3.10'],
    ['https://example.org/alpine/edge/main\nhttps://example.org/alpine/v3.10/community\n', 'edge'],
    ['# https://example.org/alpine/edge/main\nhttps://example.org/alpine/v3.10/community\n', '3.10'],
    ['https://example.org/os\n', undefined],
    ['https://example.org/chainguard/x/y\n', undefined],
  ])('%j follows %s', (text, expected) => {
    expect(readApkStream(text)?.release).toBe(expected);
  });

  it('refuses a mixture of distributions', () => {
    const text = 'https://example.org/alpine/v3.9/main\nhttps://example.org/postmarketos/v3.9/main\n';
    expect(() => readApkStream(text)).toThrow(/mixes the distributions alpine and postmarketos/);
  });
});

describe('Red Hat build information', () => {
  const dockerfile = [
    'FROM sha256:4224eead',
    '# LABEL architecture=none',
    'LABEL com.redhat.component="ubi8-container" \\',
    '      name="ubi8" \\',
    '      version="8.3"',
    'ENV PATH /usr/bin:/bin',
    'ENV arch x86_64',
    'LABEL "release"="227" "vendor"="Red Hat, Inc." "architecture"=$arch "vcs-type"="git"',
  ].join('\n');

  it('knows its files', () => {
    expect(isBuildInfoFile('root/buildinfo/content_manifests/ubi8-container-8.3-227.json')).toBe(true);
    expect(isBuildInfoFile('root/buildinfo/Dockerfile-ubi8-8.3-227')).toBe(true);
    expect(isBuildInfoFile('usr/share/buildinfo/content-sets.json')).toBe(true);
    expect(isBuildInfoFile('root/buildinfo/content_manifests/deeper/x.json')).toBe(false);
  });

  it('reads content sets and labels', () => {
    expect(readBuildInfo('usr/share/buildinfo/a.json', '{"content_sets":["rhel-8-for-x86_64-baseos-rpms"]}')).toEqual({
      contentSets: ['rhel-8-for-x86_64-baseos-rpms'],
    });
    expect(readBuildInfo('usr/share/buildinfo/a.json', '{"content_sets":[]}')).toBeUndefined();
    expect(readBuildInfo('usr/share/buildinfo/a.json', '{')).toBeUndefined();
    expect(readBuildInfo('root/buildinfo/Dockerfile-ubi8-8.3-227', dockerfile)).toEqual({
      nvr: 'ubi8-container-8.3-227',
      arch: 'x86_64',
    });
    expect(
      readBuildInfo(
        'root/buildinfo/Dockerfile-jboss-base-7-base-1.1-3',
        'LABEL BZComponent="jboss-base-7-base-docker" Architecture=$a\n',
      ),
    ).toBeUndefined();
  });

  it('holds for the layer below the second one and for all above, up to the next', () => {
    const info = { nvr: 'a' };
    const other = { nvr: 'b' };
    const all = [undefined, info, undefined, other, undefined];
    expect(all.map((_, layer) => buildInfoOf(layer, all)?.nvr)).toEqual(['a', 'a', 'a', 'b', 'b']);
    expect(buildInfoOf(0, [undefined])).toBeUndefined();
  });
});
