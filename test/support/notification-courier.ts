import type { NotificationChannel } from '../../src/fleet/config/notifications.ts';
import { FleetStore } from '../../src/fleet/store/store.ts';
import { createHttpClient } from '../../src/net/client.ts';
import { deliverDue } from '../../src/service/notify/deliver.ts';

/** A process that sends what is due, to be killed. Arguments: store, address, number of channels, milliseconds that have passed. */
const [place = '', url = '', count = '', offset = ''] = process.argv.slice(2);
const clock = { now: () => Date.now() + Number(offset), sleep: () => Promise.resolve() };
const store = await FleetStore.open(place, clock);
const channels = Array.from({ length: Number(count) }, (_, at): NotificationChannel => {
  const target = { kind: 'webhook', url: { kind: 'plain', value: url } } as const;
  return { name: `hook${at}`, origin: '', minimum: 'info', templates: {}, target };
});
process.stdout.write('ready\n');
const http = createHttpClient({ environment: {} });
const signal = new AbortController().signal;
await deliverDue({ store, channels, http, environment: {}, clock, signal, caFiles: [] });
await http.close();
await store.close();
