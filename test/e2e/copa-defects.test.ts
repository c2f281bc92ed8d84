import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { decompress } from '../../src/oci/compress/decompress.ts';
import { readTar } from '../../src/oci/tar/read.ts';
import { load, treeOf } from './support/layouts.ts';
import { daemon, greet, notes } from './support/packages.ts';
import { FIRST_TAG, LATER_SECURITY, LATER_TAG, patched, World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());
afterEach(() => world.publishFirst());

/** What Copa's code was found to get wrong with the families of this project, each shown right here. */
describe('of the known defects of Copa', () => {
  it('none: a file that an update removed does not come back with the next patch', async () => {
    const layout = await world.layout();
    const old = '/usr/lib/x86_64-linux-gnu/libgreet-old.so';
    const reading = join(world.directory, 'reading');
    expect((await treeOf(await load(`${layout}:1`), reading)).lstat(old)).toBeDefined();
    patched(await world.patch(`${layout}:1`));
    expect((await treeOf(await load(`${layout}:1-patched-${FIRST_TAG}`), reading)).lstat(old)).toBeUndefined();
    await world.archive.publish(LATER_SECURITY);
    patched(await world.patch(`${layout}:1-patched-${FIRST_TAG}`));
    const again = await treeOf(await load(`${layout}:1-patched-${LATER_TAG}`), reading);
    expect([again.lstat(old), again.readText('/usr/bin/greet')?.includes('deb1u2')]).toEqual([undefined, true]);
  });

  it('none: the layer has no logs, lists, caches, locks or backups of a package manager', async () => {
    const layout = await world.layout();
    patched(await world.patch(`${layout}:1`));
    const layer = (await load(`${layout}:1-patched-${FIRST_TAG}`)).layers.at(-1);
    if (layer === undefined) throw new Error('no layer');
    const names: string[] = [];
    for await (const { name } of readTar(decompress(layer.compressed(), 'layer'), 'layer')) names.push(name);
    expect(names).toContain('var/lib/dpkg/status');
    expect(names.filter((name) => /^(?:var\/(?:log|cache|tmp)|tmp|run|var\/lib\/apt)\/|-old$|lock/.test(name))).toEqual(
      [],
    );
  });

  it('none: a result that holds only a part says so, in its exit code and in its document', async () => {
    const layout = await world.layout({ packages: [...greet('1.0-1'), notes('2.0'), daemon('1.0')] });
    const outcome = patched(await world.patch(`${layout}:1`), 3);
    expect(outcome.outcome).toBe('patched');
    const [pending] = outcome.plan.pending;
    expect([pending?.name, pending?.reason]).toEqual(['frobd', 'script-not-native']);
  });

  it('none: nothing that was installed is removed, and nothing is installed that is not needed', async () => {
    const layout = await world.layout();
    const { plan } = patched(await world.patch(`${layout}:1`));
    expect(plan.steps.map(({ action, name }) => `${action} ${name}`).sort()).toEqual([
      'install greet-data',
      'upgrade greet',
      'upgrade libgreet1',
    ]);
    const status = (await treeOf(await load(`${layout}:1-patched-${FIRST_TAG}`), join(world.directory, 'reading')))
      .readText('/var/lib/dpkg/status')
      ?.match(/^Package: .*$/gm);
    expect(status).toEqual(
      ['base-files', 'libgreet1', 'greet', 'notes', 'greet-data'].map((name) => `Package: ${name}`).sort(byStatusOrder),
    );
  });

  it('none: packages come from the release of the image, however its version is written', async () => {
    // "12.5" is after "12" as text, which made Copa take the packages of the newest release.
    const layout = await world.layout();
    const { plan } = patched(await world.patch(`${layout}:1`));
    expect(plan.os.version).toBe('12.5');
    expect(new Set(plan.steps.map(({ file }) => file.repository))).toEqual(
      new Set(['http://deb.example.org/debian stable-security main']),
    );
  });
});

/** dpkg writes its status file by name. */
function byStatusOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Defects that other tests show absent: the defect, the file below `test/`, the title there. */
const ELSEWHERE: readonly (readonly [string, string, string])[] = [
  [
    'a label that a derived image inherits decides what is patched',
    'e2e/lineage.test.ts',
    'is a base of its own: its layer stays',
  ],
  [
    'a moved base tag undoes what came with it',
    'e2e/lineage.test.ts',
    'tells when the tag of the base has moved since',
  ],
  ['patch layers pile up', 'e2e/lineage.test.ts', 'starts from the original base and has one patch layer'],
  [
    'a conffile prompt ends the run, or an edited conffile is lost',
    'e2e/patch.test.ts',
    'keeps a conffile that was changed in the image',
  ],
  [
    'an image for which there is nothing to do cannot be told apart',
    'e2e/plan.test.ts',
    '0 or, when asked for detail, 10 when nothing is to be done',
  ],
  ['one fix that the repository lacks fails the whole patch', 'e2e/reports.test.ts', 'says what it cannot reach'],
  ['a report for another platform is taken for that of the host', 'e2e/reports.test.ts', 'of another architecture'],
  [
    'any repository may bring a package, and a major version with it',
    'e2e/plan.test.ts',
    'takes every suite with --scope all',
  ],
  [
    'two runs give two images',
    'e2e/determinism.test.ts',
    'in this process, at once with others, and under another name',
  ],
  [
    'an architecture needs emulation, and its name becomes a tag',
    'differential/platforms.test.ts',
    'holds for arm64 what dpkg unpacks there without running a program',
  ],
  [
    'a single platform is patched again from the wrong base',
    'e2e/index.test.ts',
    'starts every platform from its own base again',
  ],
  [
    'Windows entries and annotations are lost',
    'e2e/index.test.ts',
    'patches every Linux platform in its place, keeps the rest',
  ],
  [
    'distroless packages are taken without signatures',
    'e2e/distroless.test.ts',
    'must be signed by the keys that they name, not by any',
  ],
  [
    'apk adds what it upgrades to world',
    'e2e/apk.test.ts',
    'with its database as apk would leave it and what was asked for untouched',
  ],
  [
    'Wolfi and images without a package manager are refused',
    'e2e/apk.test.ts',
    'is patched in its own place, without a shell or an apk in it',
  ],
  [
    'chiselled images end with a message about a missing program',
    'e2e/unpatchable.test.ts',
    'is refused by plan and patch, with what to do instead',
  ],
  ['unsigned and expired archives are taken', 'e2e/bad-input.test.ts', 'is refused: %s'],
  ['the defects of many images at once', 'e2e/fleet-bulk.test.ts', 'of the known defects of bulk patching'],
];

describe('of the known defects of Copa, elsewhere', () => {
  it.each(ELSEWHERE)('"%s": %s', (_, file, title) => {
    expect(readFileSync(join(import.meta.dirname, '..', file), 'utf8')).toContain(title);
  });
});
