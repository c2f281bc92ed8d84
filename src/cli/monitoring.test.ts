import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { tableServer } from '../../test/servers/http-table.ts';
import { isInstalled } from '../../test/servers/programs.ts';
import { COMMANDS } from './commands/index.ts';
import type { Terminal } from './definition.ts';
import { runProgram } from './program.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'suture-monitoring-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function suture(args: readonly string[], environment: Record<string, string> = {}) {
  const texts = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof texts) => ({
    write: (text: string) => {
      texts[name] += text;
    },
    isTerminal: false,
    columns: 100,
  });
  const terminal: Terminal = { stdout: stream('stdout'), stderr: stream('stderr') };
  const context = { terminal, environment: { HOME: directory, ...environment }, signal: new AbortController().signal };
  const code = await runProgram(
    COMMANDS,
    '0',
    [...args, ...(args[0] === 'run' ? ['--cache-dir', join(directory, 'cache')] : [])],
    context,
  );
  return { code, ...texts };
}

function configuration(text: string): string {
  const path = join(directory, 'suture.yaml');
  writeFileSync(path, `apiVersion: suture.dev/v1alpha1\nkind: Fleet\nimages: [{images: ['127.0.0.1:1/a:1']}]\n${text}`);
  return path;
}

describe('suture render', () => {
  it.skipIf(!isInstalled('promtool'))(
    'alerts has thresholds of the configuration (Debian package prometheus)',
    async () => {
      const file = configuration("defaults: {maxDatabaseAge: 10h, schedule: {cron: '0 */6 * * *'}}\n");
      const { code, stdout } = await suture(['render', 'alerts', '-c', file, '--output', 'rules']);
      expect(code).toBe(0);
      writeFileSync(join(directory, 'rules.yaml'), stdout);
      expect(spawnSync('promtool', ['check', 'rules', join(directory, 'rules.yaml')]).status).toBe(0);
      expect(stdout).toContain('time() - min(patch_db_updated_timestamp_seconds) > 36000');
      expect(stdout).toContain('time() - max by (shard) (patch_run_last_success_timestamp_seconds) > 43200');
    },
  );

  it('alerts gives the object of the operator, with its labels', async () => {
    const { stdout } = await suture([
      'render',
      'alerts',
      '-c',
      configuration(''),
      '--namespace',
      'm',
      '--label',
      'release=x',
    ]);
    expect(parse(stdout)).toMatchObject({
      kind: 'PrometheusRule',
      metadata: { name: 'suture', namespace: 'm', labels: { release: 'x' } },
    });
    expect(await suture(['render', 'alerts', '-c', configuration(''), '--label', 'x'])).toMatchObject({ code: 2 });
  });

  it('dashboards gives one, all as files, or ConfigMaps', async () => {
    const one = await suture(['render', 'dashboards', 'sla'], { SUTURE_OUTPUT: 'json' });
    expect(JSON.parse(one.stdout)).toMatchObject({ uid: 'suture-sla' });
    const files = join(directory, 'dashboards');
    expect(await suture(['render', 'dashboards', '--directory', files])).toMatchObject({ code: 0, stdout: '' });
    expect(readdirSync(files)).toHaveLength(7);
    expect(
      (await suture(['render', 'dashboards', '--output', 'configmap'])).stdout.match(/^kind: ConfigMap$/gm),
    ).toHaveLength(7);
    expect(await suture(['render', 'dashboards'])).toMatchObject({ code: 2, stdout: '' });
    expect((await suture(['render', 'dashboards', 'slaa'])).stderr).toContain('did you mean sla?');
  });
});

describe('suture notify test', () => {
  it('sends one message, and says why one is not taken without the secret', async () => {
    const server = await tableServer([
      { method: 'POST', path: '/s3cr3t' },
      { method: 'POST', path: '/s3cr3t', status: 403, body: 'no s3cr3t' },
    ]);
    const file = configuration('notifications: [{name: ops, kind: webhook, url: {env: OPS}}]\n');
    const test = () => suture(['notify', 'test', 'ops', '-c', file, '-v'], { OPS: `${server.url}/s3cr3t` });
    expect(await test()).toMatchObject({ code: 0, stdout: expect.stringContaining('ops took the message') as string });
    const refused = await test();
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('answers with status 403') as string });
    expect(refused.stdout + refused.stderr).not.toContain('s3cr3t');
    expect(await suture(['notify', 'test', 'opss', '-c', file])).toMatchObject({ code: 2 });
    await server.close();
  });
});

describe('suture run', () => {
  it('tells its channels once and writes metrics, also when every image fails', async () => {
    const server = await tableServer([{ method: 'POST', path: '/hook', repeat: true }]);
    const file = configuration('notifications: [{name: ops, kind: webhook, url: {env: OPS}}]\n');
    const metrics = join(directory, 'suture.prom');
    const run = () =>
      suture(['run', '-c', file, '--store', join(directory, 'f.db'), '--metrics-file', metrics], {
        OPS: `${server.url}/hook`,
      });
    expect(await run()).toMatchObject({ code: 1 });
    expect(readFileSync(metrics, 'utf8')).toContain('patch_image_result{image="127.0.0.1:1/a:1",result="failed"} 1');
    expect(server.seen.map(({ body }) => String(body))).toEqual([expect.stringContaining('"event":"run-failed"')]);
    await run();
    expect(server.seen).toHaveLength(1);
    await run();
    expect(server.seen.map(({ body }) => String(body))[1]).toContain('"event":"image-failing"');
    await server.close();
  });

  it('does neither in a dry run', async () => {
    const metrics = join(directory, 'dry.prom');
    const file = configuration("notifications: [{name: ops, kind: webhook, url: {plain: 'http://127.0.0.1:1/'}}]\n");
    await suture(['run', '-c', file, '--store', join(directory, 'dry.db'), '--metrics-file', metrics, '--dry-run']);
    expect(readdirSync(directory)).not.toContain('dry.prom');
  });
});
