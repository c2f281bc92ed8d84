import { type Digest, sha256 } from '../../core/digest.ts';
import type { FamilyId, PlanStep, RepositoryInfo } from '../../packages/family.ts';
import { canonicalJson } from '../canonical-json.ts';

/** Everything but the image itself that the patch layer depends on. */
export interface LayerRecipe {
  /** Version and build of the program. */
  readonly program: string;
  readonly family: FamilyId;
  /** In the order of their application. */
  readonly steps: readonly PlanStep[];
  /** Seconds since the epoch, of everything that is generated. */
  readonly sourceDate: number;
  readonly repositories: readonly RepositoryInfo[];
}

/** Names a recipe by its content: package files by digest, wherever they are fetched from. */
export function layerKey({ program, family, steps, sourceDate, repositories }: LayerRecipe): Digest {
  return sha256(
    canonicalJson({
      program,
      family,
      sourceDate,
      steps: steps.map(({ action, name, architecture, from, to, source, file }) => [
        action,
        name,
        architecture,
        from,
        to,
        source,
        file.digest,
        file.size,
      ]),
      // dpkg records nothing of an index; apk does.
      indexes: family === 'deb' ? [] : repositories.map(({ digest }) => digest),
    }),
  );
}
