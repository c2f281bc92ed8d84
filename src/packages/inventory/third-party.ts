import type { RepositoryClass } from './types.ts';

/**
 * Parts of `Maintainer:` by which packages of other vendors' repositories are told from the distribution's (Trivy's list):
 * dpkg records no origin, and the distribution's advisories say nothing about them.
 */
const MAINTAINER_PARTS = [
  'support@docker.com',
  '@nvidia.com',
  'Google Cloud CLI Authors',
  'sapmachine@sap.com',
  '@hashicorp.com',
  '@microsoft.com',
  '@mongodb.com',
  'developers@lists.mariadb.org',
  'dev@couchdb.apache.org',
  'info@elastic.co',
  'nginx-packaging@f5.com',
  '@konghq.com',
  '@cloudflare.com',
  'support@influxdb.com',
  'support@gitlab.com',
  'contact@grafana.com',
  '@datadoghq.com',
  '@nodesource.com',
  'info@tailscale.com',
  '@openrobotics.org',
  '@osrfoundation.org',
];
/** Too short to be looked for within other names. */
const MAINTAINERS = new Set(['GitHub', 'HashiCorp']);

export function debRepositoryClass(maintainer: string): RepositoryClass {
  const other = MAINTAINERS.has(maintainer) || MAINTAINER_PARTS.some((part) => maintainer.includes(part));
  return other ? 'third-party' : 'official';
}

/** Beginnings of `Vendor:` of the distributions themselves (Trivy's list). */
const VENDORS = [
  'Amazon Linux',
  'Amazon.com',
  'CentOS',
  'Fedora Project',
  'Oracle America',
  'Red Hat',
  'AlmaLinux',
  'CloudLinux',
  'VMware',
  'SUSE',
  'openSUSE',
  'Microsoft Corporation',
  'Rocky',
];

/** Some official packages of Amazon Linux have no vendor; their release tells them. */
export function rpmRepositoryClass(vendor: string, release: string): RepositoryClass {
  const official = vendor === '' ? release.includes('amzn') : VENDORS.some((name) => vendor.startsWith(name));
  return official ? 'official' : 'third-party';
}
