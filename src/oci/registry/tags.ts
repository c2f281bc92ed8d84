import { z } from 'zod';
import { checkLimit } from '../../core/limits.ts';
import { pages, parsePage } from './pages.ts';
import { registryError } from './registry-error.ts';
import type { RegistryTransport } from './transport.ts';

const tagPage = z.looseObject({ tags: z.array(z.string().max(128)).nullish() });
const catalogPage = z.looseObject({ repositories: z.array(z.string().max(255)).nullish() });

const PAGE_SIZE = 1000;
const MOST_ENTRIES = 5_000_000;

/** Tags in the registry's order. @throws SutureError IMAGE_NOT_FOUND when there is no such repository */
export function listTags(transport: RegistryTransport, repository: string): AsyncGenerator<string> {
  const access = { repository, scopes: [`repository:${repository}:pull`] };
  const read = (bytes: Buffer, place: string): readonly string[] => parsePage(tagPage, bytes, place).tags ?? [];
  return list(transport, `/v2/${repository}/tags/list?n=${PAGE_SIZE}`, access, read, `the tags of ${repository}`);
}

/** Repositories of a registry; many registries do not offer it, or only to an administrator. */
export function listRepositories(transport: RegistryTransport): AsyncGenerator<string> {
  const access = { repository: undefined, scopes: ['registry:catalog:*'] };
  const read = (bytes: Buffer, place: string): readonly string[] =>
    parsePage(catalogPage, bytes, place).repositories ?? [];
  return list(transport, `/v2/_catalog?n=${PAGE_SIZE}`, access, read, 'the catalog');
}

async function* list(
  transport: RegistryTransport,
  path: string,
  access: { readonly repository: string | undefined; readonly scopes: readonly string[] },
  read: (bytes: Buffer, place: string) => readonly string[],
  what: string,
): AsyncGenerator<string> {
  const accept = async (response: Parameters<typeof registryError>[0]): Promise<void> => {
    if (response.status !== 200) throw await registryError(response, what);
  };
  let count = 0;
  for await (const page of pages(transport, await transport.url(path), access, accept)) {
    const entries = read(page.bytes, page.response.url);
    count += entries.length;
    checkLimit(what, count, MOST_ENTRIES);
    yield* entries;
  }
}
