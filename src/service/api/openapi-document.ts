import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../core/ports.ts';
import { FleetStore } from '../../fleet/store/store.ts';
import { LiveEvents } from '../runs/live.ts';
import { openApiText } from './openapi.ts';
import { buildServer } from './server.ts';

/** docs/openapi.json: what a service of this version serves, without the version, which would change it with every release. */
export async function openApiDocument(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'suture-openapi-'));
  const store = await FleetStore.open(join(directory, 'fleet.db'), systemClock);
  const app = await buildServer({
    context: {
      store,
      live: new LiveEvents(store),
      access: { open: false },
      version: '1',
      cacheDirectory: directory,
      fleet: () => {
        throw new Error('nothing is asked of this service');
      },
      wake: () => {},
      isStopping: () => false,
    },
  });
  try {
    await app.ready();
    return openApiText(app);
  } finally {
    await app.close();
    await store.close();
    await rm(directory, { recursive: true, force: true });
  }
}
