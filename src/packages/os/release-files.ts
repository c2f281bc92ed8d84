import { type ByteString, byteStringToText } from '../../core/bytes.ts';
import type { ScannedOs } from '../inventory/types.ts';

/** Reads one kind of file; undefined when it names no system that is known. */
type ReleaseReader = (text: string) => ScannedOs | undefined;

/** `ID` of os-release(5) to Trivy's family. Debian, Ubuntu and Amazon are told by other files, which know the point release. */
const FAMILY_BY_ID: Readonly<Record<string, string>> = {
  rhel: 'redhat',
  centos: 'centos',
  rocky: 'rocky',
  almalinux: 'alma',
  ol: 'oracle',
  fedora: 'fedora',
  alpine: 'alpine',
  bottlerocket: 'bottlerocket',
  'opensuse-tumbleweed': 'opensuse-tumbleweed',
  'opensuse-leap': 'opensuse-leap',
  opensuse: 'opensuse-leap',
  sles: 'sles',
  'sle-micro': 'slem',
  'sl-micro': 'slem',
  'sle-micro-rancher': 'slem',
  photon: 'photon',
  wolfi: 'wolfi',
  chainguard: 'chainguard',
  azurelinux: 'azurelinux',
  mariner: 'cbl-mariner',
  echo: 'echo',
  minimos: 'minimos',
  coreos: 'coreos',
  activestate: 'activestate',
};

/** Trivy's family for an `ID` of os-release or a name that another tool took from it; unknown names stay as they are. */
export function familyOfId(id: string): string {
  return id === 'amzn' ? 'amazon' : (FAMILY_BY_ID[id] ?? id);
}

/** What stands before ` release ` in a `*-release` file of the Red Hat family, in lower case. */
const FAMILY_BY_TITLE: Readonly<Record<string, string>> = {
  centos: 'centos',
  'centos linux': 'centos',
  rocky: 'rocky',
  'rocky linux': 'rocky',
  alma: 'alma',
  almalinux: 'alma',
  'alma linux': 'alma',
  oracle: 'oracle',
  'oracle linux': 'oracle',
  'oracle linux server': 'oracle',
  fedora: 'fedora',
  'fedora linux': 'fedora',
};

/**
 * The files that name the operating system, relative to the root, in the order in which those of one layer are merged:
 * a distribution's own file before os-release, which may know only the major release.
 */
export const RELEASE_FILES: ReadonlyMap<string, ReleaseReader> = new Map([
  ['etc/redhat-release', titled(undefined, 'redhat')],
  ['etc/centos-release', titled('centos')],
  ['etc/rocky-release', titled('rocky')],
  ['etc/almalinux-release', titled('alma')],
  ['etc/oracle-release', titled(undefined, 'oracle', true)],
  ['etc/fedora-release', titled('fedora')],
  ['usr/lib/fedora-release', titled('fedora')],
  ['etc/system-release', amazon],
  ['usr/lib/system-release', amazon],
  ['etc/debian_version', firstLine('debian')],
  ['etc/lsb-release', ubuntu],
  ['var/lib/ubuntu-advantage/status.json', ubuntuPro],
  ['etc/alpine-release', firstLine('alpine')],
  ['etc/os-release', osRelease],
  ['usr/lib/os-release', osRelease],
  ['aarch64-bottlerocket-linux-gnu/sys-root/usr/lib/os-release', osRelease],
  ['x86_64-bottlerocket-linux-gnu/sys-root/usr/lib/os-release', osRelease],
  ['usr/share/rapidfort/curated.json', () => ({ family: '', name: '', extended: false, supplier: 'rapidfort' })],
]);

/** What one file of RELEASE_FILES says. Family and name may be empty where it only adds to another file. */
export function readReleaseFile(path: string, content: ByteString): ScannedOs | undefined {
  return RELEASE_FILES.get(path)?.(byteStringToText(content));
}

function plain(family: string, name: string): ScannedOs {
  return { family, name, extended: false };
}

function firstLine(family: string): ReleaseReader {
  return (text) => (text === '' ? undefined : plain(family, text.split(/\r?\n/, 1)[0] ?? ''));
}

/** `CentOS Linux release 7.9.2009 (Core)`: only titles of `family` count, or else all that are known and `otherwise`. */
function titled(family: string | undefined, otherwise?: string, always = false): ReleaseReader {
  return (text) => {
    const match = /^(.*) release (\d[\d.]*)/.exec((text.split('\n', 1)[0] ?? '').trim());
    if (match === null) return undefined;
    const [, title = '', version = ''] = match;
    const found = always ? otherwise : (FAMILY_BY_TITLE[title.toLowerCase()] ?? otherwise);
    return found === undefined || (family !== undefined && found !== family) ? undefined : plain(found, version);
  };
}

/** `Amazon Linux release 2 (Karoo)` → `2 (Karoo)`; `Amazon Linux AMI release 2018.03` → `AMI release 2018.03`. */
function amazon(text: string): ScannedOs | undefined {
  for (const line of text.split('\n')) {
    const words = line.split(/\s+/).filter((word) => word !== '');
    if (line.startsWith('Amazon Linux release 2')) {
      if (words.length >= 5) return plain('amazon', words.slice(3).join(' '));
    } else if (line.startsWith('Amazon Linux')) return plain('amazon', words.slice(2).join(' '));
  }
  return undefined;
}

function ubuntu(text: string): ScannedOs | undefined {
  const lines = text.split('\n');
  const start = lines.indexOf('DISTRIB_ID=Ubuntu');
  const release = lines.slice(start + 1).find((line) => line.startsWith('DISTRIB_RELEASE='));
  return start < 0 || release === undefined ? undefined : plain('ubuntu', release.slice(16).trim());
}

/** Ubuntu Pro: extended maintenance is on when the service esm-infra is enabled. */
function ubuntuPro(text: string): ScannedOs | undefined {
  const services = (parseJson(text) as { services?: unknown } | undefined)?.services;
  const enabled = (service: { name?: unknown; status?: unknown } | null) =>
    service?.name === 'esm-infra' && service.status === 'enabled';
  if (!Array.isArray(services) || !services.some(enabled)) return undefined;
  return { family: 'ubuntu', name: '', extended: true };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A broken status file of a subscription says that there is none.
    return undefined;
  }
}

function osRelease(text: string): ScannedOs | undefined {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    if (equals < 0) continue;
    fields.set(
      line.slice(0, equals).trim(),
      line
        .slice(equals + 1)
        .trim()
        .replace(/^["']+|["']+$/g, ''),
    );
  }
  const family = FAMILY_BY_ID[fields.get('ID') ?? ''];
  const version = fields.get('VERSION_ID') ?? '';
  if (family === undefined || version === '') return undefined;
  return plain(family === 'centos' && fields.get('NAME') === 'CentOS Stream' ? 'centos-stream' : family, version);
}
