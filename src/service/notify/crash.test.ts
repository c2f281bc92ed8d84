import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { NotificationChannel } from '../../fleet/config/notifications.ts';
import { FleetStore } from '../../fleet/store/store.ts';
import { recordNotices } from './outbox.ts';

const PROGRAM = fileURLToPath(new URL('../../../test/support/notification-courier.ts', import.meta.url));
const CHANNELS = 40;
/** Milliseconds after which a process is killed; the last may finish. */
const KILLED_AFTER = [10, 45, 90, 140, 200];
const LEASE = 11 * 60_000;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'suture-crash-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Runs the courier; kills it so many milliseconds after it began to send. */
function courier(place: string, url: string, offset: number, killAfter: number | undefined): Promise<void> {
  const args = ['--import', 'tsx', PROGRAM, place, url, String(CHANNELS), String(offset)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.stdout.once('data', () => {
      if (killAfter !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfter);
    });
  });
}

it('loses no message to kill -9, and repeats one only with its id', async () => {
  const place = join(directory, 'fleet.db');
  const seen: string[] = [];
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      seen.push(String(request.headers['webhook-id']));
      setTimeout(() => response.end(), 10);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const store = await FleetStore.open(place, { now: () => Date.now(), sleep: () => Promise.resolve() });
  const channels = Array.from({ length: CHANNELS }, (_, at): NotificationChannel => {
    const target = { kind: 'webhook', url: { kind: 'plain', value: url } } as const;
    return { name: `hook${at}`, origin: '', minimum: 'info', templates: {}, target };
  });
  const at = new Date().toISOString();
  const notice = {
    event: 'run-failed',
    importance: 'critical',
    title: 't',
    text: 't',
    subject: 's',
    at,
    details: [],
  } as const;
  await recordNotices(store, channels, [{ key: 'k', ...notice }], () => true);
  const ids = (await store.database.selectFrom('deliveries').select('id').execute()).map(({ id }) => id);
  await store.close();
  for (const [round, killAfter] of KILLED_AFTER.entries()) await courier(place, url, round * LEASE, killAfter);
  await courier(place, url, KILLED_AFTER.length * LEASE, undefined);
  expect(new Set(seen)).toEqual(new Set(ids));
  // Only what was in hand at a kill can come twice.
  expect(seen.length - ids.length).toBeLessThanOrEqual(KILLED_AFTER.length);
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
}, 240_000);
