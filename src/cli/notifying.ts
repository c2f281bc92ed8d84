import { systemClock } from '../core/ports.ts';
import { createHttpClient } from '../net/client.ts';
import { testChannel } from '../service/notify/notify.ts';
import type { Invocation } from './definition.ts';
import { fleetOf, write } from './fleet.ts';
import { positiveNumber, words } from './parse.ts';
import { VERSION } from './version.ts';

/** `suture notify test`. */
export async function runNotifyTest(invocation: Invocation): Promise<number> {
  const { args, options, environment, signal } = invocation;
  const [name = ''] = args;
  const { notifications = [] } = await fleetOf({ ...invocation, args: [] });
  const silence = options['timeout'] === undefined ? 60_000 : positiveNumber('timeout', options['timeout']) * 1000;
  const caFiles = words(options['caFile']);
  const http = createHttpClient({ environment, version: VERSION, caFiles, timeouts: { headers: silence } });
  try {
    const sender = { http, environment, clock: systemClock, signal, caFiles };
    const { id } = await testChannel(sender, notifications, name);
    write(invocation, { kind: 'NotificationTest', channel: name, id }, () => `${name} took the message ${id}\n`);
    return 0;
  } finally {
    await http.close();
  }
}
