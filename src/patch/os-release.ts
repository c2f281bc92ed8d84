import { byteStringToText } from '../core/bytes.ts';
import type { VirtualTree } from '../oci/tree/types.ts';

export interface OperatingSystem {
  /** `debian`, `ubuntu`, … as /etc/os-release says; empty when the image has none. */
  readonly id: string;
  readonly version: string;
  readonly codename: string;
  readonly prettyName: string;
}

/** os-release(5): /etc/os-release, else /usr/lib/os-release; shell quoting of values removed. */
export function readOperatingSystem(tree: VirtualTree): OperatingSystem {
  const text = byteStringToText(tree.readText('/etc/os-release') ?? tree.readText('/usr/lib/os-release') ?? '');
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line.trim());
    if (match?.[1] !== undefined) fields.set(match[1], unquote(match[2] ?? ''));
  }
  const id = fields.get('ID') ?? '';
  // Debian's point release stands only in /etc/debian_version.
  const point = id === 'debian' ? tree.readText('/etc/debian_version')?.trim() : undefined;
  return {
    id,
    version: point && /^\d/.test(point) ? point : (fields.get('VERSION_ID') ?? ''),
    codename: fields.get('VERSION_CODENAME') ?? '',
    prettyName: fields.get('PRETTY_NAME') ?? id,
  };
}

function unquote(value: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(value);
  return (quoted ? (quoted[2] ?? '') : value).replace(/\\(["'$`\\])/g, '$1');
}
