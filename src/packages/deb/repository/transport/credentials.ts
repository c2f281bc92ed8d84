import type { ByteString } from '../../../../core/bytes.ts';
import type { VirtualTree } from '../../../../oci/tree/types.ts';
import { configurationFiles } from '../configuration/file-names.ts';
import type { Credentials } from '../configuration/source.ts';

const MAX_BYTES = 1024 * 1024;

/** One `machine` entry of apt_auth.conf(5). */
export interface AuthEntry extends Credentials {
  /** `http` or `https` when the entry names one; without it only https matches. */
  readonly scheme?: string;
  readonly host: string;
  readonly port?: string;
  /** Begins with a slash, or is empty: every path. */
  readonly path: string;
}

/** Credentials from auth.conf and auth.conf.d/*.conf of the image, in apt's order. */
export function readAuthEntries(tree: VirtualTree): AuthEntry[] {
  return ['/etc/apt/auth.conf', ...configurationFiles(tree, '/etc/apt/auth.conf.d', ['conf'])].flatMap((path) => {
    const text = tree.readText(path, MAX_BYTES);
    return text === undefined ? [] : parseAuthEntries(text);
  });
}

/** Parses the netrc form: tokens separated by white space, unknown tokens ignored, `#` comments at the start of a line. */
export function parseAuthEntries(text: ByteString): AuthEntry[] {
  const tokens = text.replace(/^\s*#.*$/gm, '').match(/\S+/g) ?? [];
  const entries: AuthEntry[] = [];
  let machine: string | undefined;
  let login = '';
  let password = '';
  const finish = (): void => {
    const match = /^(?:([a-z+]+):\/\/)?([^:/]+)(?::(\d+))?(\/.*)?$/i.exec(machine ?? '');
    if (match === null || login === '') return;
    const [, scheme, host = '', port, path = ''] = match;
    entries.push({
      ...(scheme === undefined ? {} : { scheme: scheme.toLowerCase() }),
      host: host.toLowerCase(),
      ...(port === undefined ? {} : { port }),
      path,
      login,
      password,
    });
  };
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index];
    if (token !== 'machine' && token !== 'login' && token !== 'password') continue;
    const value = tokens[++index] ?? '';
    if (token === 'machine') {
      finish();
      machine = value;
      login = password = '';
    } else if (token === 'login') login = value;
    else password = value;
  }
  finish();
  return entries;
}

/** The first entry for this URL: host, scheme, port if named, and path prefix must agree; never one of another host. */
export function credentialsFor(entries: readonly AuthEntry[], url: string): Credentials | undefined {
  const { protocol, hostname, port, pathname } = new URL(url);
  const scheme = protocol.slice(0, -1);
  return entries.find(
    (entry) =>
      entry.host === hostname &&
      (entry.scheme ?? 'https') === scheme &&
      (entry.port === undefined || entry.port === port) &&
      pathname.startsWith(entry.path),
  );
}

/** Value of an Authorization header (RFC 7617, UTF-8). */
export function basicAuthorization({ login, password }: Credentials): string {
  return `Basic ${Buffer.from(`${login}:${password}`, 'utf8').toString('base64')}`;
}
