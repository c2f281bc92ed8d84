import { z } from 'zod';
import type { ErrorCode } from '../../core/errors/catalogue.ts';
import { SutureError } from '../../core/errors/error.ts';
import { LIMITS } from '../../core/limits.ts';
import { collect } from '../../core/streams.ts';
import { isTransientStatus } from '../../net/retry.ts';
import type { HttpResponse } from '../../net/types.ts';

// distribution-spec "Error Codes"; `detail` is free and not shown.
const body = z.looseObject({
  errors: z.array(z.looseObject({ code: z.string().optional(), message: z.string().nullish() })),
});

const MOST_ERRORS = 3;

/** What a registry answered in place of success, as an error. `what` ends the sentence "… answered 404 for". */
export async function registryError(response: HttpResponse, what: string): Promise<SutureError> {
  const said = await registryMessages(response);
  const answer = `${response.url} answered ${response.status} for ${what}`;
  return new SutureError(errorCode(response.status), said === '' ? answer : `${answer}: ${said}`);
}

function errorCode(status: number): ErrorCode {
  if (status === 401) return 'REGISTRY_UNAUTHORIZED';
  if (status === 403) return 'REGISTRY_DENIED';
  if (status === 404) return 'IMAGE_NOT_FOUND';
  if (status === 429) return 'RATE_LIMITED';
  return isTransientStatus(status) || status === 500 ? 'REGISTRY_UNAVAILABLE' : 'REGISTRY_ERROR';
}

async function registryMessages(response: HttpResponse): Promise<string> {
  if (response.status >= 200 && response.status < 300) {
    response.discard();
    return '';
  }
  const bytes = await collect(response.body, LIMITS.httpErrorBody, 'an error page');
  let parsed: ReturnType<typeof body.safeParse>;
  try {
    parsed = body.safeParse(JSON.parse(bytes.toString('utf8')));
  } catch {
    return '';
  }
  const errors = parsed.success ? parsed.data.errors.slice(0, MOST_ERRORS) : [];
  return errors
    .map((error) =>
      [error.code, error.message]
        .filter(Boolean)
        .map((text) => printable(text ?? ''))
        .join(' '),
    )
    .join('; ');
}

/** One short line: what a server sends must not be able to move a terminal's cursor. */
function printable(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
    .slice(0, 300);
}
