import type { Digest } from '../../core/digest.ts';
import { isSutureError, SutureError } from '../../core/errors/error.ts';
import { checkTag, tagOfTemplate } from '../../patch/tag.ts';
import type { Workspace } from '../../patch/workspace.ts';
import { tagsOf } from './discover.ts';
import { digestOf } from './registry-digest.ts';
import { type FleetTarget, tagOf } from './target.ts';

/** So many results of one name and date are more than there can be. */
const MOST = 100;

/**
 * Gives each result of a run its tag: the one that names it already, else one that is free. A tag is never moved, neither
 * one of the registry nor one that another image of this run is about to get. With a date the next one is a second later,
 * so that tools which sort tags still take the newest; without one it has a number, as Copa does it.
 */
export class TagChoice {
  readonly #workspace: Workspace;
  readonly #taken = new Map<string, Digest>();

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /**
   * @param sourceDate of the plan, seconds since the epoch
   * @param digest of the result
   * @throws SutureError TAG_EXISTS when all are taken
   */
  async choose(target: FleetTarget, sourceDate: number, digest: Digest): Promise<string> {
    const { tag: template } = target.policy;
    const dated = template.includes('{date}');
    const base = tagOfTemplate(template, tagOf(target), sourceDate);
    const name = (number: number) => {
      if (dated) return tagOfTemplate(template, tagOf(target), sourceDate + number);
      return number === 0 ? base : checkTag(`${base}-${number}`);
    };
    const newest = dated ? -1 : await this.#newest(target, base);
    // An earlier one may be this very result, where several images have one name.
    for (let number = newest; number >= 0 && number > newest - MOST; number--) {
      const existing = await digestOf(this.#workspace, `${target.outputRepository}:${name(number)}`);
      if (existing === digest) return name(number);
    }
    for (let number = newest + 1; number <= newest + MOST; number++) {
      const reference = `${target.outputRepository}:${name(number)}`;
      const existing = this.#taken.get(reference) ?? (await digestOf(this.#workspace, reference));
      // Another image may have taken it in the meantime.
      const owner = this.#taken.get(reference) ?? existing;
      if (owner !== undefined && owner !== digest) continue;
      this.#taken.set(reference, digest);
      return name(number);
    }
    throw new SutureError('TAG_EXISTS', `${target.outputRepository} has ${base} and ${MOST} tags after it already`);
  }

  /** The highest number of a tag that is there, 0 for the one without a number; -1 when there is none. */
  async #newest({ outputRepository }: FleetTarget, base: string): Promise<number> {
    const numbers = (await existingTags(this.#workspace, outputRepository)).map((tag) =>
      tag === base ? 0 : tag.startsWith(`${base}-`) ? numberOf(tag.slice(base.length + 1)) : -1,
    );
    return Math.max(-1, ...numbers);
  }
}

function numberOf(text: string): number {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : -1;
}

async function existingTags(workspace: Workspace, repository: string): Promise<readonly string[]> {
  try {
    return await tagsOf(workspace, repository);
  } catch (error) {
    if (isSutureError(error, 'IMAGE_NOT_FOUND')) return [];
    throw error;
  }
}
