import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { silent } from '../../../src/core/progress.ts';
import type { VirtualTree } from '../../../src/oci/tree/types.ts';
import { readDebDatabase } from '../../../src/packages/deb/database/read.ts';
import { installDebs } from '../../../src/packages/deb/install/index.ts';
import { AllowList } from './allow-list.ts';
import { CACHE } from './cache.ts';
import { compareListings, type Difference } from './compare.ts';
import { listTree } from './listing.ts';
import { type OracleRun, runOracle } from './oracle.ts';
import { checkRoot, type RootChecks } from './root-checks.ts';
import { treeOfTar } from './tar-tree.ts';
import type { Variant } from './variant.ts';
import { writeTree } from './written-tree.ts';

const SOURCE_DATE = 1_700_000_000;
const ALLOW_LIST = new URL('../allow-list.txt', import.meta.url);

/** How our upgrade of a root compares with apt's. */
export interface Judgement {
  /** `name script: reason` of everything that was not native; nothing was compared then. */
  readonly blockers: readonly string[];
  /** Packages that were upgraded. */
  readonly packages: number;
  readonly differences: readonly Difference[];
  /** What dpkg and apt say of the root as apt left it and as we did. */
  readonly checks: { readonly real: RootChecks; readonly ours?: RootChecks };
}

/** Upgrades the variant's root by apt and by us and compares every path. */
export async function judgeVariant(variant: Variant): Promise<Judgement> {
  const run = await runOracle(variant);
  const tree = await treeOfTar(run.before);
  const outcome = await installDebs(tree, readDebDatabase(tree), run.steps, {
    sourceDate: SOURCE_DATE,
    progress: silent,
    cacheDirectory: join(CACHE, 'engine'),
  });
  const judged = { packages: run.steps.length, differences: [] };
  if (outcome.kind === 'not-native') {
    const blockers = outcome.blockers.map(({ package: name, script, reason }) => `${name} ${script}: ${reason}`);
    return { ...judged, blockers, checks: { real: run.checks } };
  }
  try {
    const clocks = { start: run.start, end: run.end, sourceDate: SOURCE_DATE };
    const after = await treeOfTar(run.after);
    const allowed = AllowList.read(ALLOW_LIST, pythonModules(after, run.steps));
    const differences = compareListings(listTree(after), listTree(tree), clocks, allowed);
    const ours = await withWrittenTree(run, tree, checkRoot);
    return { ...judged, blockers: [], differences, checks: { real: run.checks, ours } };
  } finally {
    outcome.close?.();
  }
}

/** The `.py` files of the upgraded packages, by dpkg's own lists. */
function pythonModules(tree: VirtualTree, steps: OracleRun['steps']): ReadonlySet<string> {
  const lists = steps.flatMap(({ step: { name, architecture } }) => {
    const path = `/var/lib/dpkg/info/${name}`;
    return tree.readText(`${path}.list`) ?? tree.readText(`${path}:${architecture}.list`) ?? [];
  });
  return new Set(lists.flatMap((list) => list.split('\n')).filter((path) => path.endsWith('.py')));
}

async function withWrittenTree<T>(
  run: OracleRun,
  tree: Parameters<typeof writeTree>[1],
  use: (root: string) => T,
): Promise<T> {
  const root = mkdtempSync(join(CACHE, 'written-'));
  try {
    mkdirSync(join(root, 'proc'), { recursive: true });
    await writeTree(run.before, tree, root, SOURCE_DATE);
    return use(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
