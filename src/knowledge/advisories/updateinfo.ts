import type { Severity } from '../../core/severity.ts';
import { purlType } from '../../packages/inventory/purl.ts';
import type { PackageAdvisory } from './advisory-set.ts';
import { xmlEvents } from './xml-events.ts';

interface Notice {
  type: string;
  id: string;
  title: string;
  severity: string;
  date: string;
  url: string;
  cves: string[];
  packages: { name: string; version: string; architecture: string; module: string }[];
}

const SEVERITIES: Readonly<Record<string, Severity>> = {
  critical: 'CRITICAL',
  important: 'HIGH',
  high: 'HIGH',
  moderate: 'MEDIUM',
  medium: 'MEDIUM',
  low: 'LOW',
};

/**
 * `updateinfo.xml` of an rpm repository: its security notices, one advisory for each CVE and package. The document names no
 * release (it is that of its repository), so that it applies to every rpm system: give only those of the image's.
 * @returns with the date of the newest notice
 * @throws SutureError INVALID_DATA
 */
export function updateinfoAdvisories(
  text: string,
  name: string,
): { advisories: readonly PackageAdvisory[]; updatedAt?: string } {
  const notices = readNotices(text, name);
  const advisories = notices.filter(({ type }) => type === 'security').flatMap(advisoriesOf);
  const newest =
    notices
      .map(({ date }) => date)
      .sort()
      .at(-1) ?? '';
  return { advisories, ...(newest === '' ? {} : { updatedAt: newest }) };
}

function readNotices(text: string, name: string): readonly Notice[] {
  const notices: Notice[] = [];
  const path: string[] = [];
  let notice: Notice | undefined;
  let module = '';
  for (const event of xmlEvents(text, name)) {
    if (event.kind === 'open') {
      path.push(event.name);
      const { attributes } = event;
      if (event.name === 'update') {
        notice = {
          type: attributes['type'] ?? '',
          id: '',
          title: '',
          severity: '',
          date: '',
          url: '',
          cves: [],
          packages: [],
        };
      } else if (event.name === 'collection') module = '';
      else if (event.name === 'module') module = `${attributes['name'] ?? ''}:${attributes['stream'] ?? ''}`;
      else if (notice !== undefined) take(notice, event.name, attributes, module);
    } else if (event.kind === 'close') {
      path.pop();
      if (event.name === 'update' && notice !== undefined) {
        notices.push(notice);
        notice = undefined;
      }
    } else if (notice !== undefined && path.at(-2) === 'update') {
      const field = path.at(-1);
      if (field === 'id' || field === 'title' || field === 'severity') notice[field] += event.text.trim();
    }
  }
  return notices;
}

function take(notice: Notice, name: string, attributes: Readonly<Record<string, string>>, module: string): void {
  if (name === 'issued' || name === 'updated') {
    const date = isoDate(attributes['date'] ?? '');
    if (date > notice.date) notice.date = date;
  } else if (name === 'reference') {
    const cve = /CVE-\d{4}-\d{4,}/.exec(`${attributes['id'] ?? ''} ${attributes['title'] ?? ''}`)?.[0];
    if (attributes['type'] === 'cve' && cve !== undefined) notice.cves.push(cve);
    if (attributes['type'] === 'self') notice.url = attributes['href'] ?? '';
  } else if (name === 'package') {
    const { name: package_ = '', epoch = '0', version = '', release = '', arch = '' } = attributes;
    if (package_ === '' || version === '' || arch === 'src') return;
    const full = `${epoch === '' || epoch === '0' ? '' : `${epoch}:`}${version}${release === '' ? '' : `-${release}`}`;
    notice.packages.push({ name: package_, version: full, architecture: arch, module });
  }
}

/** `2024-01-31 12:00:00` and seconds since the epoch, as Fedora and SUSE write them. */
function isoDate(text: string): string {
  if (/^\d{9,11}$/.test(text)) return new Date(Number(text) * 1000).toISOString();
  const match = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d)?))?/.exec(text);
  return match === null ? '' : `${match[1]}T${(match[2] ?? '00:00:00').padEnd(8, ':00')}Z`;
}

function advisoriesOf(notice: Notice): readonly PackageAdvisory[] {
  const { id, title, url, packages } = notice;
  const ids = notice.cves.length > 0 ? [...new Set(notice.cves)] : [id];
  const severity = SEVERITIES[notice.severity.toLowerCase()];
  return packages.flatMap((entry) =>
    ids.map((vulnerability) => ({
      id: vulnerability,
      vendorIds: vulnerability === id ? [] : [id],
      packageName: entry.name,
      packageKind: 'binary' as const,
      ranges: [{ introduced: '', fixed: entry.version }],
      architectures: [entry.architecture],
      ...(entry.module === '' ? {} : { module: entry.module }),
      ...(severity === undefined ? {} : { severity }),
      ...(title === '' ? {} : { title }),
      ...(url === '' ? {} : { url }),
      appliesTo: (os) => purlType(os.family) === 'rpm',
    })),
  );
}
