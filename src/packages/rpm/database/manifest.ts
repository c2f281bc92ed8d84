import type { ByteString } from '../../../core/bytes.ts';
import type { InstalledRpm } from '../types.ts';
import { unreadable } from './invalid.ts';

/** name, version-release, install time, build time, vendor, (epoch as rpm prints it), size, arch, epoch number, source. */
const FIELDS = 10;
const NONE = '(none)';

/**
 * `container-manifest-2` of CBL-Mariner and Azure Linux distroless images, which have no database: the output of
 * `rpm -qa` with ten fields separated by tabs, one line for each package.
 * @throws SutureError DATABASE_UNREADABLE
 */
export function readRpmManifest(text: ByteString, what: string): InstalledRpm[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => (line === '' ? [] : [packageOf(line, `${what}, line ${index + 1}`)]));
}

function packageOf(line: ByteString, what: string): InstalledRpm {
  const fields = line.split('\t');
  const [name = '', evr = '', , , vendor = '', , , arch = '', epoch = '', source = ''] = fields;
  const hyphen = evr.lastIndexOf('-');
  if (fields.length !== FIELDS || name === '' || hyphen < 1) throw unreadable(what, 'the line is not a package');
  if (!/^(?:\d{1,10}|\(none\)|)$/.test(epoch)) throw unreadable(what, `the epoch "${epoch.slice(0, 20)}" is no number`);
  return {
    name,
    epoch: epoch === NONE ? 0 : Number(epoch),
    version: evr.slice(0, hyphen),
    release: evr.slice(hyphen + 1),
    arch: unlessNone(arch),
    sourceRpm: unlessNone(source),
    vendor: unlessNone(vendor),
    license: '',
    modularityLabel: '',
    sigMd5: '',
    provides: [],
    requires: [],
  };
}

function unlessNone(field: ByteString): ByteString {
  return field === NONE ? '' : field;
}
