import { type Counter, Registry } from 'prom-client';
import { isSutureError } from '../../core/errors/error.ts';
import type { HttpClient, HttpResponse } from '../../net/types.ts';
import { type FleetMetricsInput, fleetRegistry } from './fleet-metrics.ts';
import { addProcess, makeCounter, registryOf } from './registry.ts';
import { sample } from './sample.ts';

/** How long an answer counts: several servers may ask, and a fleet is read as a whole. */
const FRESH_MS = 10_000;

/**
 * Metrics of a service: of the fleet from its store, of the process from itself. `text` never fails: without the store it says so
 * with `patch_store_up 0`, and nothing about the fleet.
 */
export class ServiceMetrics {
  /** For what a service counts besides. */
  readonly registry = new Registry();
  readonly #requests: Counter;
  #last: { readonly at: number; readonly text: Promise<string> } | undefined;

  constructor() {
    this.#requests = makeCounter('patch_registry_requests_total', this.registry);
    addProcess(this.registry);
  }

  /** `GET /metrics`. */
  async text(input: FleetMetricsInput): Promise<string> {
    const now = input.store.clock.now();
    if (this.#last === undefined || Math.abs(now - this.#last.at) > FRESH_MS)
      this.#last = { at: now, text: this.#fleetText(input) };
    return `${await this.#last.text}\n${await this.registry.metrics()}`;
  }

  async #fleetText(input: FleetMetricsInput): Promise<string> {
    try {
      return await (await fleetRegistry(input)).metrics();
    } catch {
      const { version } = input;
      return registryOf([sample('patch_build_info', 1, { version }), sample('patch_store_up', 0)]).metrics();
    }
  }

  /** The client, the requests of which to registries are counted. */
  counted(client: HttpClient): HttpClient {
    const count = async (url: string, asking: Promise<HttpResponse>): Promise<HttpResponse> => {
      const isRegistry = URL.canParse(url) && /^\/v2(?:\/|$)/.test(new URL(url).pathname);
      try {
        const response = await asking;
        if (isRegistry) this.#requests.inc({ code: String(response.status) });
        return response;
      } catch (error) {
        // Codes of errors are a short list, as those of answers are.
        if (isRegistry) this.#requests.inc({ code: isSutureError(error) ? error.code : 'aborted' });
        throw error;
      }
    };
    return {
      get: (url, options) => count(url, client.get(url, options)),
      request: (url, request) => count(url, client.request(url, request)),
      download: (url, options) => client.download(url, options),
      close: () => client.close(),
    };
  }
}
