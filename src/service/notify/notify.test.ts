import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Exchange, type TableServer, tableServer } from '../../../test/servers/http-table.ts';
import { type PostgresServer, postgresPrograms, startPostgres } from '../../../test/servers/postgres.ts';
import type { Clock } from '../../core/ports.ts';
import type { NotificationChannel } from '../../fleet/config/notifications.ts';
import type { Notice } from '../../fleet/notices/notice.ts';
import { parseTemplate } from '../../fleet/notices/template.ts';
import { FleetStore } from '../../fleet/store/store.ts';
import { createHttpClient } from '../../net/client.ts';
import { type Courier, deliverDue } from './deliver.ts';
import { testChannel } from './notify.ts';
import { recordNotices } from './outbox.ts';

const START = Date.parse('2026-01-05T12:00:00Z');
let time = START;
/** Time passes only when somebody waits. */
const clock: Clock = {
  now: () => time,
  sleep: async (ms) => {
    time += ms;
  },
};

let directory: string;
let names = 0;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'suture-notify-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let server: TableServer;
beforeEach(async () => {
  time = START;
  names += 1;
  server = await tableServer();
  return () => server.close();
});

const notice = (key: string, more: Partial<Notice> = {}): Notice => ({
  key,
  event: 'image-failing',
  importance: 'critical',
  title: `title of ${key}`,
  text: 'text',
  subject: 'registry.example.org/a:1',
  image: 'registry.example.org/a:1',
  at: new Date(time).toISOString(),
  details: ['one', 'two'],
  ...more,
});

const channel = (more: Partial<NotificationChannel> = {}): NotificationChannel => ({
  name: 'hook',
  origin: 'suture.yaml:1:1',
  target: { kind: 'webhook', url: { kind: 'environment', name: 'HOOK' } },
  minimum: 'info',
  templates: {},
  ...more,
});

const SECRET_PATH = '/services/T0123/B0456/s3cr3tT0ken';
const taken = (more: Partial<Exchange> = {}): Exchange => ({ method: 'POST', path: SECRET_PATH, ...more });
const all = () => true;

const programs = postgresPrograms();
describe.each([
  { kind: 'SQLite', usable: true },
  { kind: 'PostgreSQL (Debian package postgresql)', usable: programs !== undefined },
])('notifications on $kind', ({ kind, usable }) => {
  describe.skipIf(!usable)('when installed', () => {
    let postgres: PostgresServer | undefined;
    let location: string;
    let store: FleetStore;
    beforeAll(async () => {
      if (kind !== 'SQLite' && programs !== undefined) postgres = await startPostgres(programs);
    }, 60_000);
    afterAll(() => postgres?.close());
    beforeEach(async () => {
      location = postgres === undefined ? join(directory, `${names}.db`) : postgres.database(`notify${names}`);
      store = await FleetStore.open(location, clock);
      return () => store.close();
    });

    const courier = (channels: readonly NotificationChannel[], more: Partial<Courier> = {}): Courier => ({
      store,
      channels,
      caFiles: [],
      http: createHttpClient({ environment: {}, timeouts: { headers: 2000 } }),
      environment: { HOOK: `${server.url}${SECRET_PATH}`, KEY: 'whsec_c2VjcmV0LWtleQ==' },
      clock,
      signal: new AbortController().signal,
      ...more,
    });
    const sent = () => server.seen.map(({ body }) => JSON.parse(body.toString()) as { id: string; notices: Notice[] });
    const rows = () => store.database.selectFrom('deliveries').selectAll().orderBy('created_at').execute();

    it('tells of a matter once, until it is over and comes again', async () => {
      const channels = [channel()];
      server.add(taken({ repeat: true }));
      const tell = async (...notices: Notice[]) => {
        await recordNotices(store, channels, notices, all);
        await deliverDue(courier(channels));
        return sent().length;
      };
      expect(await tell(notice('a'), notice('b'))).toBe(1);
      expect(sent()[0]?.notices.map(({ key }) => key)).toEqual(['a', 'b']);
      expect(await tell(notice('a'), notice('b'))).toBe(1);
      expect(await tell(notice('a'), notice('b'), notice('c'))).toBe(2);
      expect(await tell(notice('b'), notice('c'))).toBe(2);
      expect(await tell(notice('a'), notice('b'), notice('c'))).toBe(3);
      expect(sent()[2]?.notices.map(({ key }) => key)).toEqual(['a']);
      expect(server.surprises).toEqual([]);
    });

    it('leaves open what another configuration tells of', async () => {
      const channels = [channel()];
      await recordNotices(store, channels, [notice('image-failing x')], all);
      await recordNotices(store, channels, [], () => false);
      expect(await recordNotices(store, channels, [notice('image-failing x')], all)).toEqual({
        opened: 0,
        resolved: 0,
      });
    });

    it('signs with the time, and sends again with the same id after 429, 5xx and a cut connection', async () => {
      const signed = channel({
        target: {
          kind: 'webhook',
          url: { kind: 'environment', name: 'HOOK' },
          secret: { kind: 'environment', name: 'KEY' },
        },
      });
      await recordNotices(store, [signed], [notice('a')], all);
      server.add(
        taken({ status: 429, headers: { 'retry-after': '20' } }),
        taken({ status: 503 }),
        taken({ cutRequestAfter: 10 }),
        taken({ status: 200, body: '{"ok":true}', cutAfter: 0 }),
      );
      const report = await deliverDue(courier([signed]), 300_000);
      expect(report.delivered).toBe(1);
      expect(report.failures.map(({ message }) => message)).toEqual([
        `channel "hook": ${server.host} answers with status 429`,
        `channel "hook": ${server.host} answers with status 503`,
        `channel "hook": ${server.host}: the connection was cut (NETWORK_INTERRUPTED)`,
      ]);
      // 20 s as asked, then 8 s and 32 s.
      expect(time - START).toBe(60_000);
      expect(new Set(server.seen.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
      expect(new Set(server.seen.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(4);
      const last = server.seen.at(-1);
      const id = String(last?.headers['webhook-id']);
      const at = String(last?.headers['webhook-timestamp']);
      const wanted = createHmac('sha256', 'secret-key')
        .update(`${id}.${at}.${last?.body.toString() ?? ''}`)
        .digest('base64');
      expect(last?.headers['webhook-signature']).toBe(`v1,${wanted}`);
      expect(last?.headers['idempotency-key']).toBe(id);
    });

    it('keeps the secret of an address out of errors, reports and the store', async () => {
      const channels = [
        channel(),
        channel({
          name: 'nowhere',
          target: { kind: 'slack', url: { kind: 'plain', value: `http://127.0.0.1:1${SECRET_PATH}` } },
        }),
      ];
      await recordNotices(store, channels, [notice('a')], all);
      server.add(taken({ status: 302, headers: { location: `${server.url}/other` } }));
      const { failures } = await deliverDue(courier(channels));
      expect(failures).toHaveLength(2);
      expect(JSON.stringify(failures) + JSON.stringify(await rows())).not.toMatch(/s3cr3t|services|secret-key/);
      expect(server.seen).toHaveLength(1);
    });

    it('gives up what is gone for ever, and what nobody took for three days', async () => {
      const channels = [channel()];
      await recordNotices(store, channels, [notice('a')], all);
      server.add(taken({ status: 410 }));
      expect((await deliverDue(courier(channels))).failures).toMatchObject([{ givenUp: true }]);
      await recordNotices(store, channels, [notice('a'), notice('b')], all);
      server.add(taken({ status: 500, repeat: true }));
      const { failures } = await deliverDue(courier(channels), 5 * 86_400_000);
      expect(failures.at(-1)).toMatchObject({ givenUp: true });
      expect(failures.length).toBeGreaterThan(70);
      expect((await rows()).every(({ failed_at: failed }) => failed !== null)).toBe(true);
    });

    it('sends each message once from several replicas', async () => {
      const channels = Array.from({ length: 12 }, (_, at) => channel({ name: `hook${at}` }));
      await recordNotices(store, channels, [notice('a')], all);
      server.add(taken({ repeat: true }));
      const others =
        kind === 'SQLite' ? [] : [await FleetStore.open(location, clock), await FleetStore.open(location, clock)];
      await Promise.all([store, ...others, store].map((each) => deliverDue(courier(channels, { store: each }))));
      await Promise.all(others.map((each) => each.close()));
      expect(
        sent()
          .map(({ id }) => id)
          .sort(),
      ).toEqual((await rows()).map(({ id }) => id).sort());
      expect(sent()).toHaveLength(12);
    });

    it('records the same notices of several replicas once', async () => {
      const others =
        kind === 'SQLite' ? [store] : [await FleetStore.open(location, clock), await FleetStore.open(location, clock)];
      const done = await Promise.all(
        [store, ...others].map((each) => recordNotices(each, [channel()], [notice('a')], all)),
      );
      expect(done.map(({ opened }) => opened).sort()).toEqual([0, ...others.slice(1).map(() => 0), 1]);
      expect(await rows()).toHaveLength(1);
      if (kind !== 'SQLite') await Promise.all(others.map((each) => each.close()));
    });

    it('sends again what a replica took that died, with the same id', async () => {
      const channels = [channel()];
      await recordNotices(store, channels, [notice('a')], all);
      const died = new AbortController();
      const stuck = courier(channels, {
        signal: died.signal,
        http: { ...courier(channels).http, request: () => new Promise(() => {}) },
      });
      void deliverDue(stuck).catch(() => {});
      for (let turn = 0; turn < 500 && (await rows())[0]?.claimed_by === null; turn++)
        await new Promise((resolve) => setTimeout(resolve, 10));
      server.add(taken());
      expect((await deliverDue(courier(channels))).delivered).toBe(0);
      time += 11 * 60_000;
      expect((await deliverDue(courier(channels))).delivered).toBe(1);
      expect(sent()[0]?.id).toBe((await rows())[0]?.id);
    });

    it('gives a message back when it is stopped', async () => {
      const channels = [channel()];
      await recordNotices(store, channels, [notice('a')], all);
      const stop = new AbortController();
      const http = {
        ...courier(channels).http,
        request: () => {
          stop.abort(new Error('stopped'));
          return Promise.reject(new Error('stopped'));
        },
      };
      await expect(deliverDue(courier(channels, { signal: stop.signal, http }))).rejects.toThrow('stopped');
      expect(await rows()).toMatchObject([{ attempts: 0, claimed_by: null, delivered_at: null }]);
    });

    it('collects a digest and says what is over by then', async () => {
      const daily = channel({ digest: { every: '0 8 * * *', timeZone: 'Europe/Berlin' } });
      server.add(taken({ repeat: true }));
      await recordNotices(store, [daily], [notice('a')], all);
      time += 3_600_000;
      await recordNotices(store, [daily], [notice('b', { importance: 'warning' }), notice('c')], all);
      expect((await deliverDue(courier([daily]))).delivered).toBe(0);
      time = Date.parse('2026-01-06T07:00:00Z');
      expect((await deliverDue(courier([daily]))).delivered).toBe(1);
      expect(sent()[0]?.notices).toMatchObject([
        { key: 'a', over: true },
        { key: 'c', over: false },
        { key: 'b', over: false },
      ]);
      expect(await rows()).toMatchObject([{ due_at: '2026-01-06T07:00:00.000Z' }]);
    });

    it('tells each channel what it wants to know', async () => {
      const channels = [
        channel({ name: 'all' }),
        channel({ name: 'critical', minimum: 'critical' }),
        channel({ name: 'shop', teams: ['shop'] }),
        channel({ name: 'high', severity: 'HIGH' }),
        channel({ name: 'runs', events: ['run-failed'] }),
      ];
      const notices = [
        notice('shop', { team: 'shop', importance: 'info' }),
        notice('low', { severity: 'LOW', team: 'other' }),
        notice('chosen', { channels: ['all'] }),
        notice('run', { event: 'run-failed', image: undefined as never }),
        notice('old', { event: 'image-patched', at: '2026-01-01T00:00:00Z' }),
      ];
      await recordNotices(store, channels, notices, all);
      const told = Object.fromEntries(
        (await rows()).map((row) => [row.channel, (JSON.parse(row.notices) as Notice[]).map(({ key }) => key).sort()]),
      );
      expect(told).toEqual({
        all: ['chosen', 'low', 'run', 'shop'],
        critical: ['low', 'run'],
        shop: ['run', 'shop'],
        high: ['run', 'shop'],
        runs: ['run'],
      });
    });
  });
});

describe('messages', () => {
  const sender = (environment: Record<string, string> = {}) => ({
    http: createHttpClient({ environment: {} }),
    environment: { HOOK: `${server.url}${SECRET_PATH}`, ...environment },
    clock,
    signal: new AbortController().signal,
    caFiles: [],
  });

  it.each(['slack', 'teams', 'mattermost', 'webhook'] as const)('sends a test to %s', async (kind) => {
    server.add(taken({ status: kind === 'teams' ? 202 : 200, expect: { 'content-type': 'application/json' } }));
    await testChannel(sender(), [channel({ target: { kind, url: { kind: 'environment', name: 'HOOK' } } })], 'hook');
    expect(server.surprises).toEqual([]);
    expect(server.seen[0]?.body.toString()).toContain('This is a test of a notification channel');
  });

  it('says which channel was meant, and which variable is missing', async () => {
    await expect(testChannel(sender(), [channel()], 'hoook')).rejects.toThrow('did you mean "hook"?');
    await expect(testChannel(sender({ HOOK: '' }), [channel()], 'hook')).rejects.toThrow(
      'channel "hook": url: the environment variable HOOK is not set',
    );
    await expect(testChannel(sender({ HOOK: 'ftp://s3cr3t' }), [channel()], 'hook')).rejects.toThrow(
      /^channel "hook": url is not an http or https address$/,
    );
  });

  it('makes of a template the body, and refuses one that gives no JSON', async () => {
    const fields = ['title', 'count', 'notices', 'importance'];
    const own = (text: string) => channel({ templates: { text: parseTemplate(text, 't', fields) } });
    server.add(taken());
    await testChannel(sender(), [own('{"summary":"{{title}}","n":{{count}}}')], 'hook');
    expect(JSON.parse(server.seen[0]?.body.toString() ?? '')).toEqual({
      summary: 'This is a test of a notification channel',
      n: 1,
    });
    await expect(testChannel(sender(), [own('{{title}}')], 'hook')).rejects.toThrow('its template gives no JSON');
  });
});
