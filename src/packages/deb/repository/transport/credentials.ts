import type { ByteString } from '../../../../core/bytes.ts';
import type { VirtualTree } from '../../../../oci/tree/types.ts';
import { configurationFiles } from '../configuration/file-names.ts';
import type { Credentials } from '../configuration/source.ts';

const MAX_BYTES = 1024 * 1024;

/** A file in the form of apt_auth.conf(5). */
export interface AuthFile {
  readonly name: string;
  readonly text: ByteString;
}

/** auth.conf and auth.conf.d/*.conf of the image, in apt's order. */
export function imageAuthFiles(tree: VirtualTree): AuthFile[] {
  return ['/etc/apt/auth.conf', ...configurationFiles(tree, '/etc/apt/auth.conf.d', ['conf'])].flatMap((name) => {
    const text = tree.stat(name)?.type === 'file' ? tree.readText(name, MAX_BYTES) : undefined;
    return text === undefined ? [] : [{ name, text }];
  });
}

/** What was found for a URL, and a file whose credentials would do if it allowed them without encryption. */
export interface FoundCredentials {
  readonly credentials?: Credentials;
  /** Name of the file. */
  readonly withheldBy?: string;
}

/** The first file that has credentials for a URL decides, as in apt (`aptAuthConfMethod::MaybeAddAuthTo`). */
export function credentialsFor(files: readonly AuthFile[], url: string): FoundCredentials {
  const target = targetOf(url);
  let withheldBy: string | undefined;
  for (const { name, text } of files) {
    const { login, password, unencrypted } = search(text, target);
    if (unencrypted) withheldBy ??= name;
    if (login !== '' || password !== '') return { credentials: { login, password } };
  }
  return withheldBy === undefined ? {} : { withheldBy };
}

interface Target {
  readonly scheme: string;
  readonly host: string;
  /** With its colon, as written; empty when the URL names none. */
  readonly port: string;
  readonly path: string;
}

/** As written: a port that is the scheme's own counts when it is named. */
function targetOf(url: string): Target {
  const match = /^([a-z][a-z0-9+.-]*):\/\/(\[[^\]]*\]|[^/:?#]*)(:\d+)?(\/[^?#]*)?/i.exec(url);
  const [, scheme = '', host = '', port = '', path = '/'] = match ?? [];
  return { scheme: scheme.toLowerCase(), host: host.toLowerCase(), port, path };
}

interface Search {
  login: string;
  password: string;
  /** An entry matched in all but that it must not be sent unencrypted. */
  unencrypted: boolean;
}

/**
 * apt's `MaybeAddAuth`: tokens separated by white space; the first `machine` that matches gives login and password up to the
 * next one. Unlike apt, lines that begin with `#` are comments here: what was commented out is not sent anywhere.
 */
function search(text: ByteString, target: Target): Search {
  const found: Search = { login: '', password: '', unencrypted: false };
  const tokens = text.replace(/^[\t ]*#.*$/gm, '').match(/[^\t\n\r ]+/g) ?? [];
  let matched = false;
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at];
    if (token === 'machine') {
      if (matched) return found;
      const verdict = judge(tokens[++at] ?? '', target);
      matched = verdict === 'match';
      if (verdict === 'unencrypted') found.unencrypted = true;
    } else if (matched && token === 'login') found.login = tokens[++at] ?? '';
    else if (matched && token === 'password') found.password = tokens[++at] ?? '';
  }
  return found;
}

/**
 * `[scheme://]host[:port][/path]`: without a path, the host on any port, or host and port; with one, the beginning of host,
 * port and path. An entry without a scheme is for https only. Host names are compared without regard to case.
 */
function judge(machine: string, { scheme, host, port, path }: Target): 'match' | 'none' | 'unencrypted' {
  const separator = machine.indexOf('://');
  if (separator >= 0 && machine.slice(0, separator).toLowerCase() !== scheme) return 'none';
  const named = separator < 0 ? machine : machine.slice(separator + 3);
  const slash = named.indexOf('/');
  const authority = (slash < 0 ? named : named.slice(0, slash)).toLowerCase();
  const isThere =
    slash < 0
      ? authority === `${host}${port}` || (port !== '' && authority === host)
      : authority === `${host}${port}` && path.startsWith(named.slice(slash));
  if (!isThere) return 'none';
  return separator >= 0 || scheme === 'https' ? 'match' : 'unencrypted';
}

/** Value of an Authorization header (RFC 7617, UTF-8). */
export function basicAuthorization({ login, password }: Credentials): string {
  return `Basic ${Buffer.from(`${login}:${password}`, 'utf8').toString('base64')}`;
}
