import type { HttpClient } from '../../../src/net/types.ts';

function refuse(url: string): never {
  throw new Error(`the network was asked for ${url}`);
}

/** For runs that must not need the network: every request is a failure of the test. */
export const offlineHttp: HttpClient = {
  get: async (url) => refuse(url),
  request: async (url) => refuse(url),
  download: (url) => refuse(url),
  close: async () => {},
};
