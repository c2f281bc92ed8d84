import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { SutureError } from '../../../core/errors/error.ts';
import { checkLimit } from '../../../core/limits.ts';
import { candidateKeys, normalizeKey } from './match.ts';
import type { Credential } from './types.ts';

const entry = z.looseObject({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
  registrytoken: z.string().optional(),
});

const schema = z.looseObject({
  auths: z.record(z.string(), entry.nullable()).nullish(),
  credHelpers: z.record(z.string(), z.string()).nullish(),
  credsStore: z.string().nullish(),
});

export type ConfigFile = z.infer<typeof schema>;

const LARGEST = 4 * 1024 * 1024;

/**
 * Reads a Docker `config.json` or a podman `auth.json` (the same shape); undefined when there is none.
 * @throws SutureError CONFIGURATION when it cannot be read or is not valid; its text is never part of the message
 */
export async function readConfigFile(path: string): Promise<ConfigFile | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new SutureError('CONFIGURATION', `The registry credentials in ${path} cannot be read (${code ?? 'error'})`, {
      cause,
    });
  }
  checkLimit(path, text.length, LARGEST);
  const parsed = schema.safeParse(parseJson(text, path));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new SutureError(
    'CONFIGURATION',
    `${path} is not valid at ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
  );
}

function parseJson(text: string, path: string): unknown {
  try {
    return text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    // The cause would quote the text around the fault: that may be a password.
    throw new SutureError('CONFIGURATION', `${path} is not valid JSON`);
  }
}

/** The credential that `auths` holds for a repository; entries without a secret (left behind by stores) do not count. */
export function findInAuths(file: ConfigFile, host: string, repository: string | undefined): Credential | undefined {
  const entries = new Map(Object.entries(file.auths ?? {}).map(([key, value]) => [normalizeKey(key), value]));
  for (const key of candidateKeys(host, repository)) {
    const credential = toCredential(entries.get(key) ?? undefined);
    if (credential !== undefined) return credential;
  }
  return undefined;
}

function toCredential(found: z.infer<typeof entry> | undefined): Credential | undefined {
  if (found === undefined) return undefined;
  if (found.registrytoken) return { kind: 'registryToken', token: found.registrytoken };
  if (found.identitytoken) return { kind: 'identityToken', token: found.identitytoken };
  if (found.auth) {
    const text = Buffer.from(found.auth, 'base64').toString('utf8').replace(/\0+$/, '');
    const colon = text.indexOf(':');
    if (colon > 0) return { kind: 'basic', username: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  if (found.username && found.password !== undefined) {
    return { kind: 'basic', username: found.username, password: found.password };
  }
  return undefined;
}

/** The helper that a file names for a host: its own before the general store. */
export function helperFor(
  file: ConfigFile,
  host: string,
  repository: string | undefined,
): { readonly name: string; readonly general: boolean } | undefined {
  const helpers = new Map(Object.entries(file.credHelpers ?? {}).map(([key, value]) => [normalizeKey(key), value]));
  for (const key of candidateKeys(host, repository)) {
    const name = helpers.get(key);
    if (name) return { name, general: false };
  }
  return file.credsStore ? { name: file.credsStore, general: true } : undefined;
}
