// Which pending packages of a suite are patched natively, and whether the effects are those of dpkg:
// node --import tsx test/survey/run.ts [--no-real] [package…]
import { readFileSync } from 'node:fs';
import { silent } from '../../src/core/progress.ts';
import type { MutableTree } from '../../src/oci/tree/types.ts';
import { readDebDatabase } from '../../src/packages/deb/database/read.ts';
import { installDebs } from '../../src/packages/deb/install/index.ts';
import type { InstallOutcome, PlanStep } from '../../src/packages/family.ts';
import { AllowList } from '../differential/support/allow-list.ts';
import { compareListings, type Difference } from '../differential/support/compare.ts';
import { missingRequirement } from '../differential/support/requirements.ts';
import { treeOfTar } from '../differential/support/tar-tree.ts';
import { buildCorpus, type PendingDeb } from './support/corpus.ts';
import { expandEffects, realEffects, treeEffects } from './support/effects.ts';
import { runDpkg } from './support/real-run.ts';

const SOURCE_DATE = 1_700_000_000;
const SUITE = 'bookworm';
const allowed = AllowList.read(new URL('../differential/allow-list.txt', import.meta.url));
const alsoAllowed = AllowList.read(new URL('./allow-list.txt', import.meta.url));

interface Verdict {
  readonly deb: PendingDeb;
  readonly blockers: readonly string[];
  readonly differences: readonly Difference[];
}

const missing = await missingRequirement(SUITE);
if (missing !== undefined) {
  process.stderr.write(`cannot run here: ${missing}\n`);
  process.exit(2);
}
const words = process.argv.slice(2);
const compare = !words.includes('--no-real');
const only = new Set(words.filter((word) => !word.startsWith('--')));
const packages = readFileSync(new URL(`./${SUITE}-packages.txt`, import.meta.url), 'utf8')
  .trim()
  .split('\n');
const corpus = buildCorpus(SUITE, packages);
const root = await treeOfTar(corpus.tar);
const wanted = corpus.debs.filter(({ name }) => only.size === 0 || only.has(name));
const verdicts: Verdict[] = [];
for (const group of bySource(wanted)) {
  for (const verdict of await judgeGroup(group)) {
    if (verdict.deb.scripts.length === 0) continue;
    verdicts.push(verdict);
    report(verdict);
  }
}
const native = verdicts.filter(({ blockers }) => blockers.length === 0);
const wrong = native.filter(({ differences }) => differences.length > 0);
process.stdout.write(`pending ${verdicts.length} native ${native.length} false ${wrong.length}\n`);
process.exitCode = wrong.length > 0 ? 1 : 0;

/** Packages of one source are upgraded together. */
function bySource(debs: readonly PendingDeb[]): readonly (readonly PendingDeb[])[] {
  const groups = new Map<string, PendingDeb[]>();
  for (const deb of debs) groups.set(deb.source, [...(groups.get(deb.source) ?? []), deb]);
  return [...groups.values()];
}

/** The packages of a source together; when one of them is not native, each by itself. */
async function judgeGroup(group: readonly PendingDeb[]): Promise<readonly Verdict[]> {
  const together = await judge(group);
  if (together.blockers.length === 0) return group.map((deb) => ({ deb, ...together }));
  const verdicts: Verdict[] = [];
  for (const deb of group) {
    if (deb.scripts.length > 0) verdicts.push({ deb, ...(group.length > 1 ? await judge([deb]) : together) });
  }
  return verdicts;
}

function planStep(deb: PendingDeb): PlanStep {
  return {
    ...{ action: 'upgrade', name: deb.name, architecture: deb.architecture, from: deb.from, to: deb.to },
    ...{ source: { name: deb.source, version: deb.to }, reason: 'survey' },
    file: { path: '', repository: '', size: 0, digest: `sha256:${'0'.repeat(64)}` },
  };
}

async function judge(debs: readonly PendingDeb[]): Promise<Omit<Verdict, 'deb'>> {
  const tree = root.fork();
  const steps = debs.map((deb) => ({ step: planStep(deb), file: deb.file }));
  let outcome: InstallOutcome;
  try {
    const options = { sourceDate: SOURCE_DATE, progress: silent, cacheDirectory: corpus.directory };
    outcome = await installDebs(tree, readDebDatabase(tree), steps, options);
  } catch (error) {
    return { blockers: [`error ${error instanceof Error ? error.message : String(error)}`], differences: [] };
  }
  if (outcome.kind === 'not-native') {
    const blockers = outcome.blockers.map(({ package: name, script, reason }) => `${name} ${script}: ${reason}`);
    return { blockers, differences: [] };
  }
  const differences = compare ? await compareWithDpkg(tree, debs) : [];
  outcome.close?.();
  return { blockers: [], differences };
}

async function compareWithDpkg(tree: MutableTree, debs: readonly PendingDeb[]): Promise<readonly Difference[]> {
  const run = runDpkg(corpus, debs);
  if (run.status !== 0) throw new Error(`dpkg failed on ${debs.map(({ name }) => name).join(' ')}:\n${run.output}`);
  const listings = expandEffects(await realEffects(run.upper, root), treeEffects(tree, root), root);
  const clocks = { start: run.start, end: run.end, sourceDate: SOURCE_DATE };
  return compareListings(listings.real, listings.ours, clocks, allowed).filter(
    ({ path, aspect }) => !alsoAllowed.explains(path, aspect),
  );
}

function report({ deb, blockers, differences }: Verdict): void {
  const verdict = blockers.length > 0 ? 'not native' : differences.length > 0 ? 'FALSE' : 'native';
  process.stdout.write(`${deb.name} ${deb.from} → ${deb.to}: ${verdict}\n`);
  for (const blocker of blockers) process.stdout.write(`    ${blocker}\n`);
  for (const { path, aspect, real, ours } of differences.slice(0, 12)) {
    process.stdout.write(`    ${path} ${aspect}: really ${real}, ours ${ours}\n`);
  }
}
