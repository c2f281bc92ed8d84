import { silent } from '../../../src/core/progress.ts';
import type { MutableTree } from '../../../src/oci/tree/types.ts';
import { readDebDatabase } from '../../../src/packages/deb/database/read.ts';
import { installDebs } from '../../../src/packages/deb/install/index.ts';
import type { InstallOutcome, PlanStep } from '../../../src/packages/family.ts';
import { AllowList } from '../../differential/support/allow-list.ts';
import { compareListings, type Difference } from '../../differential/support/compare.ts';
import type { Corpus, PendingDeb } from './corpus.ts';
import { expandEffects, realEffects, treeEffects } from './effects.ts';
import { runDpkg } from './real-run.ts';

/** What became of one pending package. */
export interface Verdict {
  readonly deb: PendingDeb;
  /** Why it is not native; none when it is. */
  readonly blockers: readonly string[];
  /** What differs from dpkg although it counts as native: must be none. */
  readonly differences: readonly Difference[];
}

type Judgement = Omit<Verdict, 'deb'>;

const SOURCE_DATE = 1_700_000_000;
const allowed = AllowList.read(new URL('../../differential/allow-list.txt', import.meta.url));
const alsoAllowed = AllowList.read(new URL('../allow-list.txt', import.meta.url));

/** Packages of one source are upgraded together. */
export function bySource(debs: readonly PendingDeb[]): readonly (readonly PendingDeb[])[] {
  const groups = new Map<string, PendingDeb[]>();
  for (const deb of debs) groups.set(deb.source, [...(groups.get(deb.source) ?? []), deb]);
  return [...groups.values()];
}

/** Upgrades packages in a copy of the root of a corpus and holds the result to dpkg's. */
export class Judge {
  readonly #corpus: Corpus;
  readonly #root: MutableTree;
  readonly #compare: boolean;

  /** `compare` false: only whether a package is native, without running dpkg. */
  constructor(corpus: Corpus, root: MutableTree, compare: boolean) {
    this.#corpus = corpus;
    this.#root = root;
    this.#compare = compare;
  }

  /** The packages of a source together; when one of them is not native, each by itself. */
  async judgeGroup(group: readonly PendingDeb[]): Promise<readonly Verdict[]> {
    const together = await this.#judge(group);
    if (together.blockers.length === 0 || group.length === 1) return group.map((deb) => ({ deb, ...together }));
    const verdicts: Verdict[] = [];
    for (const deb of group) verdicts.push({ deb, ...(await this.#judge([deb])) });
    return verdicts;
  }

  async #judge(debs: readonly PendingDeb[]): Promise<Judgement> {
    const tree = this.#root.fork();
    const steps = debs.map((deb) => ({ step: planStep(deb), file: deb.file }));
    let outcome: InstallOutcome;
    try {
      const options = { sourceDate: SOURCE_DATE, progress: silent, cacheDirectory: this.#corpus.directory };
      outcome = await installDebs(tree, readDebDatabase(tree), steps, options);
    } catch (error) {
      return { blockers: [`error ${error instanceof Error ? error.message : String(error)}`], differences: [] };
    }
    if (outcome.kind === 'not-native') {
      const blockers = outcome.blockers.map(({ package: name, script, reason }) => `${name} ${script}: ${reason}`);
      return { blockers, differences: [] };
    }
    const differences = this.#compare ? await this.#compareWithDpkg(tree, debs) : [];
    outcome.close?.();
    return { blockers: [], differences };
  }

  async #compareWithDpkg(tree: MutableTree, debs: readonly PendingDeb[]): Promise<readonly Difference[]> {
    const run = runDpkg(this.#corpus, debs);
    if (run.status !== 0) {
      const real = `status ${run.status}: ${run.output.trim().split('\n').slice(-3).join(' / ')}`;
      return [{ path: 'dpkg', aspect: 'content', real, ours: 'installed' }];
    }
    const listings = expandEffects(await realEffects(run.upper, this.#root), treeEffects(tree, this.#root), this.#root);
    const clocks = { start: run.start, end: run.end, sourceDate: SOURCE_DATE };
    return compareListings(listings.real, listings.ours, clocks, allowed).filter(
      ({ path, aspect }) => !alsoAllowed.explains(path, aspect),
    );
  }
}

function planStep(deb: PendingDeb): PlanStep {
  return {
    ...{ action: 'upgrade', name: deb.name, architecture: deb.architecture, from: deb.from, to: deb.to },
    ...{ source: { name: deb.source, version: deb.to }, reason: 'survey' },
    file: { path: '', repository: '', size: 0, digest: `sha256:${'0'.repeat(64)}` },
  };
}
