import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silent } from '../../src/core/progress.ts';
import { readDebDatabase } from '../../src/packages/deb/database/read.ts';
import { installDebs } from '../../src/packages/deb/install/index.ts';
import type { PlanStep } from '../../src/packages/family.ts';
import { SCENARIOS, type Scenario } from './dpkg-scenarios.ts';
import { AllowList } from './support/allow-list.ts';
import { compareListings } from './support/compare.ts';
import { listTree } from './support/listing.ts';
import { buildPackage, type MadePackage } from './support/package-builder.ts';
import { packDirectory, treeOfTar } from './support/tar-tree.ts';

const SOURCE_DATE = 1_700_000_000;
const allowed = AllowList.read(new URL('./allow-list.txt', import.meta.url));

function missing(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root (dpkg changes owners)';
  try {
    execFileSync('dpkg-deb', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'needs dpkg';
  }
}

const reason = missing();

describe.skipIf(reason !== undefined)(
  `dpkg --force-confold and ours end alike${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    let work = '';
    beforeAll(() => {
      work = mkdtempSync(join(tmpdir(), 'suture-dpkg-rules-'));
    });
    afterAll(() => rmSync(work, { recursive: true, force: true }));

    it.each(SCENARIOS)('$name', async (scenario) => {
      const directory = mkdtempSync(join(work, 'scenario-'));
      const root = makeRoot(directory, scenario);
      for (const made of scenario.installed) dpkg(root, '-i', buildPackage(made, directory));
      if (scenario.edit !== undefined) execFileSync('sh', ['-ec', scenario.edit], { cwd: root, stdio: 'pipe' });
      // Whatever is written from here on is recent; everything before must look old.
      execFileSync('sh', ['-ec', 'find . -newermt @1650000000 -exec touch -h -d @1650000000 {} +'], { cwd: root });
      const files = scenario.applied.map((made) => buildPackage(made, directory));
      packDirectory(root, join(directory, 'before.tar'));
      const start = Math.floor(Date.now() / 1000);
      dpkg(root, '-i', ...files);
      const clocks = { start, end: Math.ceil(Date.now() / 1000), sourceDate: SOURCE_DATE };
      packDirectory(root, join(directory, 'after.tar'));

      const tree = await treeOfTar(join(directory, 'before.tar'));
      const steps = scenario.applied.map((made, index) => ({ step: planStep(made), file: files[index] ?? '' }));
      const outcome = await installDebs(tree, readDebDatabase(tree), steps, {
        sourceDate: SOURCE_DATE,
        progress: silent,
      });
      expect(outcome).toMatchObject({ kind: 'installed' });
      const real = listTree(await treeOfTar(join(directory, 'after.tar')));
      expect(compareListings(real, listTree(tree), clocks, allowed)).toEqual([]);
      if (outcome.kind === 'installed') outcome.close?.();
    });
  },
);

function makeRoot(directory: string, scenario: Scenario): string {
  const root = join(directory, 'root');
  for (const path of ['info', 'updates', 'triggers']) mkdirSync(join(root, 'var/lib/dpkg', path), { recursive: true });
  writeFileSync(join(root, 'var/lib/dpkg/status'), '');
  if (scenario.foreign !== undefined) execFileSync('dpkg', [`--root=${root}`, '--add-architecture', scenario.foreign]);
  return root;
}

function dpkg(root: string, ...args: readonly string[]): void {
  const options = [
    '--force-confold',
    '--force-depends',
    '--force-bad-path',
    '--auto-deconfigure',
    '--log=/dev/null',
    `--root=${root}`,
  ];
  execFileSync('dpkg', [...options, ...args], { stdio: 'pipe', env: { ...process.env, LC_ALL: 'C' } });
}

function planStep(made: MadePackage): PlanStep {
  const source = { name: made.name, version: made.version };
  const file = { path: '', repository: '', size: 0, digest: `sha256:${'0'.repeat(64)}` as const };
  const architecture = made.fields?.['Architecture'] ?? 'all';
  return { action: 'upgrade', name: made.name, architecture, to: made.version, source, file, reason: 'test' };
}
