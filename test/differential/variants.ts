import { ADMINISTER, EDIT_CONFFILES } from './preparations.ts';
import type { Variant } from './support/variant.ts';

const WEB = ['nginx', 'curl', 'perl', 'openssl', 'ca-certificates'];
const PYTHON = [
  'python3',
  'python3-venv',
  'python3-dnspython',
  'python3-pip',
  'python3-cryptography',
  'python3-requests',
];

/** Options of the slim images: no documentation, manuals and translations. */
const SLIM = [
  'path-exclude=/usr/share/doc/*',
  'path-include=/usr/share/doc/*/copyright',
  'path-exclude=/usr/share/info/*',
  'path-exclude=/usr/share/locale/*',
  'path-include=/usr/share/locale/locale.alias',
  'path-exclude=/usr/share/man/*',
];

/** Every kind of root that the engine must upgrade as apt does. */
export const VARIANTS: readonly Variant[] = [
  { name: 'base', suite: 'bookworm', include: ['ca-certificates', 'openssl', 'tzdata'], sample: true },
  { name: 'nginx', suite: 'bookworm', include: WEB },
  { name: 'conffiles', suite: 'bookworm', include: WEB, prepare: EDIT_CONFFILES, sample: true },
  { name: 'administered', suite: 'bookworm', include: WEB, prepare: ADMINISTER, sample: true },
  { name: 'slim', suite: 'bookworm', include: [...WEB, 'tzdata'], dpkgOptions: SLIM },
  { name: 'python', suite: 'bookworm', include: PYTHON, sample: true },
  { name: 'openssh', suite: 'bookworm', include: ['openssh-client', 'openssh-server'] },
  {
    name: 'clients',
    suite: 'bookworm',
    include: ['git', 'gnupg', 'wget', 'postgresql-client', 'mariadb-client', 'redis-server'],
  },
  {
    name: 'foreign',
    suite: 'bookworm',
    foreign: ['arm64'],
    include: ['openssl', 'libssl3:arm64', 'libpcre2-8-0:arm64', 'liblzma5:arm64', 'libbrotli1', 'libbrotli1:arm64'],
  },
  { name: 'trixie', suite: 'trixie', include: ['ca-certificates', 'openssl', 'tzdata'] },
  { name: 'trixie-nginx', suite: 'trixie', include: WEB },
  { name: 'trixie-python', suite: 'trixie', include: PYTHON },
  { name: 'trixie-openssh', suite: 'trixie', include: ['openssh-client', 'openssh-server'], sample: true },
  {
    name: 'operations',
    suite: 'bookworm',
    include: [
      ...WEB,
      'bind9',
      'haproxy',
      'squid',
      'rsync',
      'vim',
      'imagemagick',
      'systemd',
      'sudo',
      'tomcat10',
      'samba',
    ],
    // squid's postinst runs squid; Java's hook makes a key store with keytool.
    pending: ['squid', 'squid-common', 'ca-certificates'],
  },
];
