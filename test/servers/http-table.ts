import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';

/** One row: what must be asked, and what is answered. Rows are used up in order; `repeat` keeps a row. */
export interface Exchange {
  readonly method?: string;
  /** Path with query; a string must match exactly. */
  readonly path: string | RegExp;
  /** Headers that the request must carry; undefined: must not carry. */
  readonly expect?: Readonly<Record<string, string | RegExp | undefined>>;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Sends only this many bytes of the body, then cuts the connection. */
  readonly cutAfter?: number;
  /** Cuts the connection after this many bytes of the request body. */
  readonly cutRequestAfter?: number;
  readonly repeat?: boolean;
}

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface TableServer {
  readonly url: string;
  readonly host: string;
  readonly seen: Seen[];
  /** What was asked against the table; empty when the client behaved. */
  readonly surprises: string[];
  add(...rows: Exchange[]): void;
  /** Rows not used yet. */
  left(): number;
  close(): Promise<void>;
}

/** A real server on a free loopback port that answers from a table and records everything that was asked. */
export async function tableServer(rows: readonly Exchange[] = [], tls?: ServerOptions): Promise<TableServer> {
  const table = [...rows];
  const seen: Seen[] = [];
  const surprises: string[] = [];
  const listener: RequestListener = (request, response) => {
    answer(table, seen, surprises, request, response).catch((error: unknown) => {
      surprises.push(String(error));
      response.destroy();
    });
  };
  const server: Server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${host}`,
    host,
    seen,
    surprises,
    add: (...more) => table.push(...more),
    left: () => table.filter((row) => row.repeat !== true).length,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  table: Exchange[],
  seen: Seen[],
  surprises: string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const method = request.method ?? '';
  const path = request.url ?? '';
  const at = table.findIndex((row) => (row.method ?? 'GET') === method && matches(row.path, path));
  const row = table[at];
  if (row === undefined) {
    surprises.push(`${method} ${path}`);
    response.writeHead(599).end();
    return;
  }
  if (row.repeat !== true) table.splice(at, 1);
  // Leaving the body early detaches the socket from the request.
  const { socket } = request;
  const body = await readBody(request, row.cutRequestAfter);
  seen.push({ method, path, headers: request.headers, body });
  for (const [name, wanted] of Object.entries(row.expect ?? {})) {
    const actual = request.headers[name]?.toString();
    if (wanted === undefined ? actual !== undefined : !matches(wanted, actual ?? '')) {
      surprises.push(`${method} ${path}: ${name} is ${actual ?? 'absent'}`);
    }
  }
  if (row.cutRequestAfter !== undefined) {
    socket.destroy();
    return;
  }
  send(row, method, response);
}

function send(row: Exchange, method: string, response: ServerResponse): void {
  const content = Buffer.from(row.body ?? '');
  const chunked = row.headers?.['transfer-encoding'] === 'chunked';
  const length = chunked ? {} : { 'content-length': String(content.length) };
  response.writeHead(row.status ?? 200, { ...length, ...row.headers });
  if (row.cutAfter === undefined) {
    response.end(method === 'HEAD' ? undefined : content);
    return;
  }
  response.flushHeaders();
  response.write(content.subarray(0, row.cutAfter), () => setTimeout(() => response.socket?.destroy(), 20));
}

async function readBody(request: IncomingMessage, cutAfter: number | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (cutAfter !== undefined && size >= cutAfter) break;
  }
  return Buffer.concat(chunks);
}

function matches(wanted: string | RegExp, actual: string): boolean {
  return typeof wanted === 'string' ? wanted === actual : wanted.test(actual);
}
