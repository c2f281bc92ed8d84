import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Digest } from '../../../core/digest.ts';
import { isDigest } from '../../../core/digest.ts';
import { answer, digestOf, type Exchange, refuseMethod, requestBody } from './exchange.ts';
import { RegistryFailure } from './failure.ts';
import { isRepositoryName } from './route.ts';

export async function handleBlob(exchange: Exchange, repository: string, text: string): Promise<void> {
  const digest = digestOf(text);
  const { storage, method } = exchange;
  if (method === 'DELETE') {
    if (!(await storage.unlinkBlob(repository, digest))) throw unknownBlob(digest);
    return answer(exchange, 202);
  }
  if (method !== 'GET' && method !== 'HEAD') refuseMethod(exchange, 'GET, HEAD, DELETE');
  const size = await storage.blobSize(repository, digest);
  if (size === undefined) throw unknownBlob(digest);
  await sendBlob(exchange, digest, size);
}

function unknownBlob(digest: Digest): RegistryFailure {
  return new RegistryFailure(404, 'BLOB_UNKNOWN', `this repository has no blob ${digest}`);
}

/** RFC 9110 14: one range is served, several are answered with the whole. */
async function sendBlob(exchange: Exchange, digest: Digest, size: number): Promise<void> {
  const { request, response, storage } = exchange;
  const common = {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
    etag: `"${digest}"`,
  };
  if (request.headers['if-none-match'] === `"${digest}"`) return answer(exchange, 304, { etag: common.etag });
  const condition = request.headers['if-range'];
  const header = condition === undefined || condition === `"${digest}"` ? request.headers.range : undefined;
  const range = parseRange(header, size);
  if (range === 'unsatisfiable') {
    throw new RegistryFailure(416, 'SIZE_INVALID', `the blob has ${size} bytes`, {
      'content-range': `bytes */${size}`,
    });
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  const partial = range === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${size}` };
  response.writeHead(range === undefined ? 200 : 206, {
    ...common,
    ...partial,
    'content-length': String(end - start + 1),
  });
  if (exchange.method === 'HEAD' || size === 0) {
    response.end();
    return;
  }
  await pipeline(createReadStream(storage.blobPath(digest), { start, end }), response);
}

export function parseRange(
  header: string | undefined,
  size: number,
): { readonly start: number; readonly end: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '');
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  if (first === '')
    return size === 0 || Number(last) === 0
      ? 'unsatisfiable'
      : { start: Math.max(0, size - Number(last)), end: size - 1 };
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return undefined;
  return start >= size ? 'unsatisfiable' : { start, end };
}

/** POST blobs/uploads/: a mount, a whole blob in one request, or the start of an upload. */
export async function handleUploads(exchange: Exchange, repository: string): Promise<void> {
  const { method, query, storage, uploads } = exchange;
  if (method !== 'POST') refuseMethod(exchange, 'POST');
  const mount = query.get('mount');
  if (mount !== null && isDigest(mount) && (await canMount(exchange, query.get('from'), mount))) {
    await storage.linkBlob(repository, mount);
    return created(exchange, repository, mount);
  }
  const id = await uploads.begin(repository);
  const digest = query.get('digest');
  if (digest === null) return accepted(exchange, repository, id, 0, 202);
  const wanted = digestOf(digest);
  await uploads.append(repository, id, undefined, requestBody(exchange));
  await uploads.finish(repository, id, wanted);
  created(exchange, repository, wanted);
}

async function canMount({ storage }: Exchange, from: string | null, digest: Digest): Promise<boolean> {
  return from !== null && isRepositoryName(from) && (await storage.blobSize(from, digest)) !== undefined;
}

/** One upload: PATCH adds, PUT ends, GET asks how far it got, DELETE gives it up. */
export async function handleUpload(exchange: Exchange, repository: string, id: string): Promise<void> {
  const { method, uploads, request, query } = exchange;
  switch (method) {
    case 'GET':
      return accepted(exchange, repository, id, await uploads.size(repository, id), 204);
    case 'DELETE':
      await uploads.cancel(repository, id);
      return answer(exchange, 204);
    case 'PATCH': {
      const size = await uploads.append(
        repository,
        id,
        rangeStart(request.headers['content-range']),
        requestBody(exchange),
      );
      return accepted(exchange, repository, id, size, 202);
    }
    case 'PUT': {
      const digest = digestOf(query.get('digest') ?? '');
      await uploads.append(repository, id, rangeStart(request.headers['content-range']), requestBody(exchange));
      await uploads.finish(repository, id, digest);
      return created(exchange, repository, digest);
    }
    default:
      return refuseMethod(exchange, 'GET, PATCH, PUT, DELETE');
  }
}

function rangeStart(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const start = /^(?:bytes )?(\d{1,15})-(\d{1,15})(?:\/.*)?$/.exec(header)?.[1];
  if (start === undefined) throw new RegistryFailure(416, 'BLOB_UPLOAD_INVALID', 'Content-Range is not <first>-<last>');
  return Number(start);
}

function accepted(exchange: Exchange, repository: string, id: string, size: number, status: 202 | 204): void {
  answer(exchange, status, {
    location: `/v2/${repository}/blobs/uploads/${id}`,
    range: `0-${Math.max(0, size - 1)}`,
    'docker-upload-uuid': id,
  });
}

function created(exchange: Exchange, repository: string, digest: Digest): void {
  const location = `/v2/${repository}/blobs/${digest}`;
  answer(exchange, 201, { location, 'docker-content-digest': digest });
}
