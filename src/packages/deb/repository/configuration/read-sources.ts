import type { ByteString } from '../../../../core/bytes.ts';
import type { VirtualTree } from '../../../../oci/tree/types.ts';
import { parseDeb822Sources } from './deb822-sources.ts';
import { configurationFiles } from './file-names.ts';
import type { AptSource, Credentials } from './source.ts';
import { interpretOptions } from './source-options.ts';
import { parseSourcesList, type SourceEntry } from './sources-list.ts';

const MAX_BYTES = 8 * 1024 * 1024;
const SCHEMES = new Set(['http', 'https', 'file', 'copy', 'mirror+file']);

/**
 * The binary repositories that the image configures: sources.list, then sources.list.d/*.list and *.sources in apt's order,
 * one entry per URI and suite. What cannot be used is in the list with its reason, nothing is left out in silence;
 * `deb-src` and disabled entries are not repositories. `architecture` replaces `$(ARCH)`.
 */
export function readAptSources(tree: VirtualTree, architecture: string): AptSource[] {
  const files: ByteString[] = [
    '/etc/apt/sources.list',
    ...configurationFiles(tree, '/etc/apt/sources.list.d', ['list', 'sources']),
  ];
  return files.flatMap((file) => {
    const text = tree.readText(file, MAX_BYTES);
    return text === undefined ? [] : parseAptSources(text, file, architecture);
  });
}

/** The repositories of one file; the form is told by its name (`*.sources` is deb822). */
export function parseAptSources(text: ByteString, file: string, architecture: string): AptSource[] {
  const entries = file.endsWith('.sources') ? parseDeb822Sources(text, file) : parseSourcesList(text, file);
  return entries.flatMap((entry) => expandEntry(entry, architecture));
}

function expandEntry(entry: SourceEntry, architecture: string): AptSource[] {
  const traits = interpretOptions(entry.options);
  if (entry.malformed !== undefined) {
    return [
      { ...traits, origin: entry.origin, uri: entry.origin, suite: '', components: [], unusable: entry.malformed },
    ];
  }
  const substitute = (text: string): string => text.replaceAll('$(ARCH)', architecture);
  // In a suite apt replaces the variable only where it is a directory, that is in flat repositories.
  const suiteOf = (text: string): string => (text.endsWith('/') ? substitute(text) : text);
  return entry.uris.flatMap((uri) =>
    entry.suites.map((suite): AptSource => {
      const location = splitUri(substitute(uri));
      const misconfigured = traits.unusable ?? unusableSuite(suiteOf(suite), entry.components);
      const reason = misconfigured ?? unusableScheme(location.uri);
      return {
        ...traits,
        ...location,
        origin: entry.origin,
        suite: suiteOf(suite),
        components: [...new Set(entry.components)],
        ...(reason === undefined ? {} : { unusable: reason }),
        ...(reason === undefined || misconfigured !== undefined ? {} : { needsRedirect: true as const }),
      };
    }),
  );
}

/** Takes `user:password@` out of a URI, so that it can be shown, and gives it the trailing slash that apt adds. */
export function splitUri(text: string): { uri: string; credentials?: Credentials } {
  const match = /^([a-z][a-z0-9+.-]*:\/\/)([^/@]*)@(.*)$/i.exec(text);
  const uri = match === null ? text : `${match[1]}${match[3]}`;
  const slashed = uri.endsWith('/') ? uri : `${uri}/`;
  if (match === null) return { uri: slashed };
  const userInfo = match[2] ?? '';
  const colon = userInfo.indexOf(':');
  const login = percentDecoded(colon < 0 ? userInfo : userInfo.slice(0, colon));
  return { uri: slashed, credentials: { login, password: colon < 0 ? '' : percentDecoded(userInfo.slice(colon + 1)) } };
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function schemeOf(uri: string): string {
  return /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase() ?? '';
}

function unusableScheme(uri: string): string | undefined {
  const scheme = schemeOf(uri);
  if (SCHEMES.has(scheme)) return undefined;
  if (scheme === 'cdrom') return 'it is on a CD-ROM: redirect it to a copy';
  return scheme === '' ? 'its URI has no scheme' : `the method "${scheme}" is not supported: redirect it to a copy`;
}

function unusableSuite(suite: string, components: readonly string[]): string | undefined {
  if (suite.split('/').includes('..')) return 'its suite leaves the repository';
  const flat = suite.endsWith('/');
  if (flat && components.length > 0) return 'a flat repository (suite with a trailing slash) has no components';
  if (!flat && components.length === 0) return 'it names no component';
  return undefined;
}
