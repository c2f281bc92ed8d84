import type { AllowList } from './allow-list.ts';
import type { Listed } from './listing.ts';

export interface Difference {
  readonly path: string;
  readonly aspect: string;
  readonly real: string;
  readonly ours: string;
}

/** Times that mean "written during the upgrade": the clock there, the date of the plan here. */
export interface Clocks {
  readonly start: number;
  readonly end: number;
  readonly sourceDate: number;
}

const ASPECTS = ['type', 'mode', 'owner', 'target', 'content', 'links', 'xattrs'] as const;

/** Every difference between the real result and ours that the allow-list does not explain. */
export function compareListings(
  real: ReadonlyMap<string, Listed>,
  ours: ReadonlyMap<string, Listed>,
  clocks: Clocks,
  allowed: AllowList,
): readonly Difference[] {
  const differences: Difference[] = [];
  const add = (path: string, aspect: string, there: string, here: string): void => {
    if (!allowed.explains(path, aspect)) differences.push({ path, aspect, real: there, ours: here });
  };
  for (const path of new Set([...real.keys(), ...ours.keys()])) {
    const there = real.get(path);
    const here = ours.get(path);
    if (there === undefined || here === undefined) {
      add(path, here === undefined ? 'missing' : 'extra', there?.type ?? 'absent', here?.type ?? 'absent');
      continue;
    }
    for (const aspect of ASPECTS) {
      if (there[aspect] !== here[aspect]) add(path, aspect, `${there[aspect]}`, `${here[aspect]}`);
    }
    if (there.type !== 'directory' && !sameTime(there.mtime, here.mtime, clocks)) {
      add(path, 'mtime', `${there.mtime}`, `${here.mtime}`);
    }
  }
  return differences.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function sameTime(real: number, ours: number, { start, end, sourceDate }: Clocks): boolean {
  return real >= start && real <= end ? ours === sourceDate : real === ours;
}
