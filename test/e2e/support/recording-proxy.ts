import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What is done to a request instead of passing it on. */
export type Fault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** The answer's body is cut after so many bytes. */
  | { readonly cutAfter: number }
  /** No answer ever comes. */
  | { readonly hang: true };

/** In front of a registry: records what is asked, and makes faults. */
export class RecordingProxy {
  /** `PUT /v2/app/manifests/1` */
  readonly requests: string[] = [];
  /** Asked for every request; undefined passes it on. */
  fault: (method: string, path: string) => Fault | undefined = () => undefined;
  readonly #server = createServer((request, response) => this.#serve(request, response));
  readonly #target: URL;

  private constructor(target: string) {
    this.#target = new URL(target);
  }

  static async start(target: string): Promise<RecordingProxy> {
    const proxy = new RecordingProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Requests since the last call, and forgets them. */
  take(): string[] {
    return this.requests.splice(0);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { method = 'GET', url = '/', headers } = request;
    this.requests.push(`${method} ${url}`);
    const fault = this.fault(method, url);
    if (fault !== undefined && 'hang' in fault) return;
    if (fault !== undefined && 'status' in fault) {
      request.resume();
      response.writeHead(fault.status, fault.headers ?? {}).end('{"errors":[]}');
      return;
    }
    const { hostname, port } = this.#target;
    const onward = send({ hostname, port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      if (fault === undefined) answer.pipe(response);
      else
        answer.once('data', (chunk: Buffer) => {
          response.write(chunk.subarray(0, fault.cutAfter), () => setTimeout(() => response.socket?.destroy(), 10));
        });
    });
    onward.on('error', () => response.destroy());
    request.on('error', () => onward.destroy());
    request.pipe(onward);
  }
}

export const isBlobUpload = (line: string): boolean => /^(?:PUT|PATCH|POST) .*\/blobs\/uploads\//.test(line);
export const isBlobPull = (line: string): boolean => /^GET .*\/blobs\/sha256:/.test(line);
export const isManifestPut = (line: string): boolean => /^PUT .*\/manifests\//.test(line);
