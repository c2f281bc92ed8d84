import { join } from 'node:path';
import type { Environment } from '../../../core/ports.ts';
import { type Progress, silent } from '../../../core/progress.ts';
import { type ConfigFile, findInAuths, helperFor, readConfigFile } from './config-file.ts';
import { askHelper, type HelperOptions } from './helper.ts';
import type { Credential, CredentialStore } from './types.ts';

export interface CredentialStoreOptions {
  /** For DOCKER_CONFIG, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, XDG_CONFIG_HOME, HOME, and PATH for helpers. */
  readonly environment: Environment;
  /** Milliseconds a credential helper may take; default 30,000. */
  readonly helperTimeLimit?: number;
  readonly progress?: Progress;
}

/**
 * The credentials of this user, where docker, podman and skopeo keep them. The first of these files that has something for
 * a repository decides (the order of go-containerregistry): `$DOCKER_CONFIG/config.json` or `~/.docker/config.json`,
 * `$REGISTRY_AUTH_FILE`, `$XDG_RUNTIME_DIR/containers/auth.json`, `$XDG_CONFIG_HOME/containers/auth.json`. Within a file:
 * `credHelpers`, `credsStore`, `auths`. Files and helpers are asked once per run and repository.
 */
export function credentialStore(options: CredentialStoreOptions): CredentialStore {
  const files = credentialFiles(options.environment).map((path) => {
    let file: Promise<ConfigFile | undefined> | undefined;
    return (): Promise<ConfigFile | undefined> => {
      file ??= readConfigFile(path);
      return file;
    };
  });
  const known = new Map<string, Promise<Credential | undefined>>();
  return {
    find(host, repository) {
      const key = `${host}/${repository ?? ''}`;
      const found = known.get(key) ?? search(files, host, repository, options);
      known.set(key, found);
      return found;
    },
  };
}

function credentialFiles(environment: Environment): string[] {
  const home = environment['HOME'];
  const docker = environment['DOCKER_CONFIG'] || (home && join(home, '.docker'));
  const runtime = environment['XDG_RUNTIME_DIR'];
  const config = environment['XDG_CONFIG_HOME'] || (home && join(home, '.config'));
  return [
    docker && join(docker, 'config.json'),
    environment['REGISTRY_AUTH_FILE'],
    runtime && join(runtime, 'containers', 'auth.json'),
    config && join(config, 'containers', 'auth.json'),
  ].filter((path): path is string => path !== undefined && path !== '');
}

async function search(
  files: readonly (() => Promise<ConfigFile | undefined>)[],
  host: string,
  repository: string | undefined,
  options: CredentialStoreOptions,
): Promise<Credential | undefined> {
  for (const read of files) {
    const file = await read();
    if (file === undefined) continue;
    const found = (await fromHelper(file, host, repository, options)) ?? findInAuths(file, host, repository);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function fromHelper(
  file: ConfigFile,
  host: string,
  repository: string | undefined,
  options: CredentialStoreOptions,
): Promise<Credential | undefined> {
  const helper = helperFor(file, host, repository);
  if (helper === undefined) return undefined;
  const run: HelperOptions = { environment: options.environment, timeLimit: options.helperTimeLimit ?? 30_000 };
  const answer = await askHelper(helper.name, host, run);
  if (answer === 'none') return undefined;
  if (answer !== 'missing') return answer;
  // A configuration copied from a desktop names a general store that does not exist here: public images must still be
  // readable, so this is said and the next place is tried. A private registry will then ask for a login by itself.
  const message = `docker-credential-${helper.name}, which the registry configuration names${helper.general ? '' : ` for ${host}`}, is not on the PATH`;
  (options.progress ?? silent).emit({ kind: 'note', level: 'warning', message });
  return undefined;
}
