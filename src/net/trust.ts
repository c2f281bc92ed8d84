import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { SutureError } from '../core/errors/error.ts';
import type { Environment } from '../core/ports.ts';

export interface TrustOptions {
  readonly environment: Environment;
  readonly caFiles: readonly string[];
  readonly certificateDirectories: readonly string[];
}

export const CERTIFICATE_DIRECTORIES = ['/etc/docker/certs.d', '/etc/containers/certs.d'] as const;

/** Where distributions keep the CAs their administrator trusts: Debian, Fedora, SUSE. Node knows only its built-in list. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
] as const;

/**
 * The TLS trust of this machine: Node's roots, the system's bundle (or SSL_CERT_FILE and SSL_CERT_DIR in its place, as
 * OpenSSL reads them), `--ca-file`, and per host what lies in `certs.d/HOST[:PORT]`: `*.crt` CAs, `NAME.cert` with
 * `NAME.key` a client certificate (the layout of Docker and Podman). Everything is read once, when first needed.
 */
export class Trust {
  readonly #options: TrustOptions;
  readonly #contexts = new Map<string, Promise<SecureContext>>();
  #common: Promise<readonly string[]> | undefined;
  #shared: Promise<SecureContext> | undefined;

  constructor(options: TrustOptions) {
    this.#options = options;
  }

  /** @throws SutureError CONFIGURATION when a named file is missing or holds no certificate */
  context(url: URL): Promise<SecureContext> {
    const host = url.host;
    let context = this.#contexts.get(host);
    if (context === undefined) {
      context = this.#build(host, url.port === '' ? `${url.hostname}:443` : undefined);
      this.#contexts.set(host, context);
    }
    return context;
  }

  async #build(...names: readonly (string | undefined)[]): Promise<SecureContext> {
    this.#common ??= commonAuthorities(this.#options);
    const common = await this.#common;
    const own = await hostCertificates(this.#options.certificateDirectories, names);
    if (own.authorities.length === 0 && own.clients.length === 0) {
      this.#shared ??= Promise.resolve(createSecureContext({ ca: [...common] }));
      return this.#shared;
    }
    try {
      return createSecureContext({
        ca: [...common, ...own.authorities],
        ...(own.clients.length === 0
          ? {}
          : { cert: own.clients.map((pair) => pair.cert), key: own.clients.map((pair) => pair.key) }),
      });
    } catch (cause) {
      throw new SutureError('CONFIGURATION', `The client certificate for ${names[0] ?? ''} cannot be used`, { cause });
    }
  }
}

async function commonAuthorities(options: TrustOptions): Promise<readonly string[]> {
  const { environment, caFiles } = options;
  const file = environment['SSL_CERT_FILE'];
  const directory = environment['SSL_CERT_DIR'];
  const texts: string[] = [rootCertificates.join('\n')];
  if (file) texts.push(await readAuthorities(file, 'SSL_CERT_FILE'));
  for (const each of directory ? directory.split(':').filter(Boolean) : []) texts.push(...(await readDirectory(each)));
  if (!file && !directory) texts.push(await readSystemBundle());
  for (const each of caFiles) texts.push(await readAuthorities(each, '--ca-file'));
  return [...new Set(texts.flatMap(certificatesIn))];
}

async function readAuthorities(path: string, origin: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'latin1');
  } catch (cause) {
    throw new SutureError('CONFIGURATION', `The CA file ${path} (${origin}) cannot be read`, { cause });
  }
  if (certificatesIn(text).length > 0) return text;
  throw new SutureError('CONFIGURATION', `The CA file ${path} (${origin}) holds no PEM certificate`);
}

async function readDirectory(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  const texts: string[] = [];
  for (const name of names.filter((each) => /\.(?:pem|crt|cer|\d+)$/.test(each)).sort()) {
    texts.push(await readFile(join(directory, name), 'latin1').catch(() => ''));
  }
  return texts;
}

async function readSystemBundle(): Promise<string> {
  for (const path of SYSTEM_BUNDLES) {
    const text = await readFile(path, 'latin1').catch(() => '');
    if (text !== '') return text;
  }
  return '';
}

/** PEM certificates in one spelling each, so that the same root from two lists is kept once. */
function certificatesIn(text: string): string[] {
  const blocks =
    text.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => block.replace(/\r/g, '').replace(/TRUSTED /g, ''));
}

interface HostCertificates {
  readonly authorities: string[];
  readonly clients: { readonly cert: string; readonly key: string }[];
}

async function hostCertificates(
  directories: readonly string[],
  names: readonly (string | undefined)[],
): Promise<HostCertificates> {
  const found: HostCertificates = { authorities: [], clients: [] };
  for (const directory of directories) {
    for (const name of names) {
      if (name === undefined || !/^[\w.:[\]-]+$/.test(name)) continue;
      await readHostDirectory(join(directory, name), found);
    }
  }
  return found;
}

async function readHostDirectory(directory: string, found: HostCertificates): Promise<void> {
  const files = (await readdir(directory).catch(() => [])).sort();
  for (const file of files) {
    const path = join(directory, file);
    if (file.endsWith('.crt')) found.authorities.push(...certificatesIn(await readAuthorities(path, 'certs.d')));
    if (!file.endsWith('.cert')) continue;
    const key = path.replace(/\.cert$/, '.key');
    try {
      found.clients.push({ cert: await readFile(path, 'latin1'), key: await readFile(key, 'latin1') });
    } catch (cause) {
      throw new SutureError('CONFIGURATION', `The client certificate ${path} or its key ${key} cannot be read`, {
        cause,
      });
    }
  }
}
