import type { Severity } from '../../../src/core/severity.ts';

/** A vulnerability as the fixtures tell it. Made up, in the shape of real ones. */
export interface CatalogueEntry {
  readonly id: string;
  readonly package: string;
  readonly severity: Severity;
  readonly installed: string;
  /** Undefined: no fix is to be had. */
  readonly fixed?: string;
  readonly title: string;
  readonly exploited?: boolean;
}

export const CATALOGUE: readonly CatalogueEntry[] = [
  {
    id: 'CVE-2026-10021',
    package: 'libssl3',
    severity: 'CRITICAL',
    installed: '3.0.11-1~deb12u2',
    fixed: '3.0.17-1~deb12u3',
    title: 'openssl: use after free when a handshake message is fragmented',
    exploited: true,
  },
  {
    id: 'CVE-2026-11404',
    package: 'libc6',
    severity: 'HIGH',
    installed: '2.36-9+deb12u4',
    fixed: '2.36-9+deb12u13',
    title: 'glibc: out of bounds write in iconv for ISO-2022-CN-EXT',
  },
  {
    id: 'CVE-2026-12077',
    package: 'libgnutls30',
    severity: 'HIGH',
    installed: '3.7.9-2+deb12u1',
    fixed: '3.7.9-2+deb12u5',
    title: 'gnutls: timing side channel in the RSA-PSK key exchange',
  },
  {
    id: 'CVE-2026-12930',
    package: 'openssh-client',
    severity: 'HIGH',
    installed: '1:9.2p1-2+deb12u2',
    fixed: '1:9.2p1-2+deb12u7',
    title: 'openssh: host key check can be skipped after a memory failure',
  },
  {
    id: 'CVE-2026-13555',
    package: 'libxml2',
    severity: 'CRITICAL',
    installed: '2.9.14+dfsg-1.3~deb12u1',
    fixed: '2.9.14+dfsg-1.3~deb12u4',
    title: 'libxml2: stack overflow in the validation of nested DTDs',
  },
  {
    id: 'CVE-2026-14210',
    package: 'zlib1g',
    severity: 'CRITICAL',
    installed: '1:1.2.13.dfsg-1',
    title: 'zlib: integer overflow in the minizip interface',
  },
  {
    id: 'CVE-2026-15006',
    package: 'libsystemd0',
    severity: 'MEDIUM',
    installed: '252.22-1~deb12u1',
    fixed: '252.39-1~deb12u1',
    title: 'systemd: journal reader accepts a malformed field name',
  },
  {
    id: 'CVE-2026-15777',
    package: 'perl-base',
    severity: 'MEDIUM',
    installed: '5.36.0-7+deb12u1',
    fixed: '5.36.0-7+deb12u3',
    title: 'perl: working directory race in threads',
  },
  {
    id: 'CVE-2026-16231',
    package: 'libcurl4',
    severity: 'MEDIUM',
    installed: '7.88.1-10+deb12u5',
    fixed: '7.88.1-10+deb12u14',
    title: 'curl: netrc credentials are sent to a redirected host',
  },
  {
    id: 'CVE-2026-17008',
    package: 'tar',
    severity: 'LOW',
    installed: '1.34+dfsg-1.2',
    title: 'tar: stack overrun on an archive with a V7 header',
  },
  {
    id: 'CVE-2026-17913',
    package: 'busybox',
    severity: 'HIGH',
    installed: '1.36.1-r15',
    fixed: '1.36.1-r19',
    title: 'busybox: use after free in awk',
  },
  {
    id: 'CVE-2026-18440',
    package: 'libexpat1',
    severity: 'HIGH',
    installed: '2.5.0-1',
    fixed: '2.5.0-1+deb12u2',
    title: 'expat: parsing of large tokens takes quadratic time',
  },
];
