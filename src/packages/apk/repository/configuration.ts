import { type ByteString, byteStringToText } from '../../../core/bytes.ts';
import type { VirtualTree } from '../../../oci/tree/types.ts';
import { parseRepositories } from '../database/configuration.ts';
import { withoutUserinfo } from './userinfo.ts';

const MAX_BYTES = 1024 * 1024;

/** One repository that the image configures, for one architecture. */
export interface ConfiguredRepository {
  /** `[@tag ]URL architecture`: names it in plans, wherever it was redirected to. */
  readonly id: string;
  /** As configured, without credentials and a slash at the end; a path means a directory of the image. */
  readonly url: string;
  /** For the address itself, not for where it is redirected to. */
  readonly authorization?: string;
  /** Only packages that world asks for with this tag are taken from here. */
  readonly tag?: string;
}

/** apk reads `repositories`, then `repositories.d/*.list` in the order of their names; apk 3 has defaults in /lib/apk. */
export function readConfiguredRepositories(tree: VirtualTree, architecture: string): ConfiguredRepository[] {
  const files = [
    '/etc/apk/repositories',
    ...listFiles(tree, '/etc/apk/repositories.d'),
    ...listFiles(tree, '/lib/apk/repositories.d'),
  ];
  const seen = new Set<string>();
  return files.flatMap((path) =>
    parseRepositories(tree.readText(path, MAX_BYTES) ?? '').flatMap((line) => {
      const { url, ...credentials } = withoutUserinfo(byteStringToText(line.url).replace(/\/+$/, ''));
      const tag = line.tag === undefined ? undefined : byteStringToText(line.tag);
      const id = `${tag === undefined ? '' : `@${tag} `}${url} ${architecture}`;
      if (seen.has(id)) return [];
      seen.add(id);
      return [{ id, url, ...credentials, ...(tag === undefined ? {} : { tag }) }];
    }),
  );
}

function listFiles(tree: VirtualTree, directory: ByteString): ByteString[] {
  return tree
    .readdir(directory)
    .filter((name) => name.endsWith('.list'))
    .map((name) => `${directory}/${name}`);
}

/** `v3.19` and `main` of `…/alpine/v3.19/main`; a repository of another shape has its last path component as suite. */
export function branchOf(url: string): { suite: string; codename: string } {
  const parts = url
    .replace(/^[a-z]+:\/\/[^/]*/i, '')
    .split('/')
    .filter((part) => part !== '');
  const codename = parts.at(-1) ?? '';
  return parts.length < 2 ? { suite: codename, codename } : { suite: parts.at(-2) ?? '', codename };
}
