import type { ByteString } from '../../../../core/bytes.ts';
import type { CommandContext } from '../../../script/types.ts';
import { infoName } from '../../database/info.ts';
import type { StatusStanza } from './status-file.ts';
import { nativeArchitecture } from './status-file.ts';

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

/** Fields that print nothing when a package has none; of others the default depends on the field: not reproduced. */
const EMPTY_WHEN_ABSENT = new Set([
  ...['source', 'config-version', 'replaces', 'provides', 'depends', 'pre-depends', 'recommends', 'suggests', 'breaks'],
  ...['conflicts', 'enhances', 'conffiles', 'triggers-pending', 'triggers-awaited', 'homepage', 'origin', 'bugs'],
]);

/** Names with a meaning of their own in `${…}` (dpkg-query(1)). */
const VIRTUAL: Readonly<Record<string, (stanza: StatusStanza, context: CommandContext) => ByteString>> = {
  'binary:package': (stanza, context) => binaryName(stanza, nativeArchitecture(context.tree)),
  'binary:summary': (stanza) => (stanza.field('Description') ?? '').split('\n')[0] ?? '',
  'binary:synopsis': (stanza) => (stanza.field('Description') ?? '').split('\n')[0] ?? '',
  'db:status-want': (stanza) => (stanza.field('Status') ?? '').split(' ')[0] ?? '',
  'db:status-eflag': (stanza) => (stanza.field('Status') ?? '').split(' ')[1] ?? '',
  'db:status-status': (stanza) => stanza.state,
  'db:status-abbrev': (stanza, context) => abbreviate(stanza, context),
  'source:package': (stanza) => (stanza.field('Source') ?? stanza.name).replace(/ .*$/, ''),
  'source:version': (stanza) => sourceVersion(stanza),
  'source:upstream-version': (stanza) =>
    sourceVersion(stanza)
      .replace(/^[0-9]+:/, '')
      .replace(/-[^-]*$/, ''),
};

const ABBREVIATIONS: Readonly<Record<string, string>> = {
  'install ok installed': 'ii ',
  'install ok unpacked': 'iU ',
  'install ok half-configured': 'iF ',
  'install ok triggers-awaited': 'iW ',
  'install ok triggers-pending': 'it ',
  'deinstall ok config-files': 'rc ',
  'hold ok installed': 'hi ',
};

function abbreviate(stanza: StatusStanza, context: CommandContext): string {
  const status = stanza.field('Status') ?? '';
  return ABBREVIATIONS[status] ?? context.notNative(`abbreviation of status ${status}`);
}

function sourceVersion(stanza: StatusStanza): ByteString {
  return / \((.*)\)$/.exec(stanza.field('Source') ?? '')?.[1] ?? stanza.field('Version') ?? '';
}

/** `name`, with the architecture where the name alone is ambiguous: `Multi-Arch: same` or a foreign one. */
export function binaryName(stanza: StatusStanza, native: string | undefined): ByteString {
  const { name, architecture } = stanza;
  const multiArch = stanza.field('Multi-Arch') === 'same' ? 'same' : 'no';
  if (multiArch === 'no' && architecture !== 'all' && architecture !== native) return `${name}:${architecture}`;
  return infoName({ name, architecture, multiArch });
}

/** Expands a `--showformat` of dpkg-query(1). Field widths and unknown escapes are not native. */
export function formatPackage(context: CommandContext, format: ByteString, stanza: StatusStanza): ByteString {
  return format.replace(/\\(.?)|\$\{([^}]*)\}|\$/gs, (match: string, escaped?: string, field?: string) => {
    if (escaped !== undefined) return ESCAPES[escaped] ?? (escaped === '' ? match : escaped);
    if (field === undefined) return context.notNative(`format ${format}`);
    return readFormatField(context, field, stanza);
  });
}

function readFormatField(context: CommandContext, field: string, stanza: StatusStanza): ByteString {
  if (!/^[A-Za-z][A-Za-z0-9:-]*$/.test(field)) return context.notNative(`field ${field}`);
  const key = field.toLowerCase();
  const virtual = VIRTUAL[key];
  if (virtual !== undefined) return virtual(stanza, context);
  const value = key.includes(':') ? undefined : stanza.field(key);
  if (value !== undefined) return value;
  return EMPTY_WHEN_ABSENT.has(key) ? '' : context.notNative(`field ${field}, which ${stanza.name} has not`);
}
