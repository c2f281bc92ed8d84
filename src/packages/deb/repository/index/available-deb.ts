import type { ByteString } from '../../../../core/bytes.ts';
import { SutureError } from '../../../../core/errors/error.ts';
import { parseControl } from '../../control/paragraphs.ts';
import { parseRelations } from '../../control/relations.ts';
import type { AvailableDeb, MultiArch } from '../../types.ts';

const KEPT = new Set([
  ...['Package', 'Version', 'Architecture', 'Source', 'Multi-Arch', 'Essential', 'Installed-Size'],
  ...['Depends', 'Pre-Depends', 'Recommends', 'Breaks', 'Conflicts', 'Replaces', 'Provides'],
  ...['Filename', 'Size', 'SHA256', 'Phased-Update-Percentage'],
]);

/** Reads one paragraph of a Packages file. @throws SutureError PACKAGE_INVALID when a field that is needed is missing or malformed */
export function readAvailableDeb(paragraph: ByteString, repository: string): AvailableDeb {
  const fields = parseControl(paragraph, { what: `an index of ${repository}`, keep: KEPT, lax: true });
  const name = fields.get('Package') ?? '';
  const need = (field: string, form: RegExp): string => {
    const value = fields.get(field) ?? '';
    if (form.test(value)) return value;
    throw new SutureError('PACKAGE_INVALID', `${name} of ${repository} has the ${field} "${value.slice(0, 100)}"`);
  };
  const relations = (field: string): ReturnType<typeof parseRelations> => parseRelations(fields.get(field));
  const version = need('Version', /^\S+$/);
  const phased = percentageOf(fields.get('Phased-Update-Percentage'));
  return {
    name,
    version,
    architecture: need('Architecture', /^[a-z0-9][a-z0-9-]*$/),
    source: sourceOf(fields.get('Source'), name, version),
    file: {
      path: need('Filename', /^(?!.*(?:^|\/)\.\.(?:\/|$))[^\s/][^\s]*$/),
      repository,
      size: Number(need('Size', /^\d{1,13}$/)),
      digest: `sha256:${need('SHA256', /^[0-9a-fA-F]{64}$/).toLowerCase()}`,
    },
    multiArch: multiArchOf(fields.get('Multi-Arch')),
    essential: fields.get('Essential') === 'yes',
    installedSize: Number(/^\d{1,12}$/.exec(fields.get('Installed-Size') ?? '')?.[0] ?? 0),
    depends: relations('Depends'),
    preDepends: relations('Pre-Depends'),
    recommends: relations('Recommends'),
    breaks: relations('Breaks'),
    conflicts: relations('Conflicts'),
    replaces: relations('Replaces'),
    provides: relations('Provides'),
    ...(phased === undefined ? {} : { phasedUpdatePercentage: phased }),
  };
}

/** As apt: what is no number from 0 to 100 counts as 100. */
function percentageOf(value: string | undefined): number | undefined {
  const percentage = /^\d{1,3}$/.test(value ?? '') ? Number(value) : 100;
  return percentage < 100 ? percentage : undefined;
}

/** `Source: name (version)`; each part defaults to that of the binary package (Debian Policy 5.6.1). */
function sourceOf(value: string | undefined, name: string, version: string): AvailableDeb['source'] {
  const match = /^(\S+)(?:\s+\((\S+)\))?$/.exec(value ?? '');
  return { name: match?.[1] ?? name, version: match?.[2] ?? version };
}

function multiArchOf(value: string | undefined): MultiArch {
  return value === 'same' || value === 'foreign' || value === 'allowed' ? value : 'no';
}
