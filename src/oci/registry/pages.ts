import { z } from 'zod';
import { SutureError } from '../../core/errors/error.ts';
import { collect } from '../../core/streams.ts';
import { redactUrl } from '../../net/redact.ts';
import type { HttpResponse } from '../../net/types.ts';
import type { Access } from './authorizer.ts';
import type { RegistryTransport } from './transport.ts';

export const LARGEST_PAGE = 16 * 1024 * 1024;
const MOST_PAGES = 10_000;

/**
 * The address of the next page in a Link header (RFC 8288), made absolute; undefined on the last page.
 * @throws SutureError REGISTRY_ERROR when it is on another origin: our credentials would follow it
 */
export function nextPage(response: HttpResponse, from: string): string | undefined {
  const link = response.headers['link'];
  if (link === undefined) return undefined;
  for (const [, target = '', parameters = ''] of link.matchAll(/<([^>]*)>((?:\s*;[^,]*)?)/g)) {
    if (!/;\s*rel\s*=\s*"?next"?/i.test(parameters)) continue;
    const next = URL.canParse(target, from) ? new URL(target, from) : undefined;
    if (next?.origin === new URL(from).origin) return next.href;
    throw new SutureError('REGISTRY_ERROR', `${redactUrl(from)} continues its list elsewhere: ${redactUrl(target)}`);
  }
  return undefined;
}

/**
 * All pages of a list, from the first address on. `first` decides what an unsuccessful first answer means.
 * @throws SutureError REGISTRY_ERROR for a list that goes round in circles or does not end
 */
export async function* pages(
  transport: RegistryTransport,
  start: string,
  access: Access,
  accept: (response: HttpResponse) => Promise<void>,
): AsyncGenerator<{ readonly response: HttpResponse; readonly bytes: Buffer }> {
  const visited = new Set<string>();
  for (let url: string | undefined = start; url !== undefined; ) {
    if (visited.has(url) || visited.size >= MOST_PAGES) {
      throw new SutureError('REGISTRY_ERROR', `the list at ${redactUrl(start)} does not end`);
    }
    visited.add(url);
    const response = await transport.send(url, access, { limit: LARGEST_PAGE });
    await accept(response);
    yield { response, bytes: await collect(response.body, LARGEST_PAGE, response.url) };
    url = nextPage(response, url);
  }
}

/** @throws SutureError REGISTRY_ERROR */
export function parsePage<T>(schema: z.ZodType<T>, bytes: Buffer, place: string): T {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new SutureError('REGISTRY_ERROR', `${place} did not answer with JSON`, { cause });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new SutureError(
    'REGISTRY_ERROR',
    `${place} answered with a list of another shape: ${z.prettifyError({ issues: issue ? [issue] : [] })}`,
  );
}
