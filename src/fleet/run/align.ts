import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SutureError } from '../../core/errors/error.ts';
import { checkLimit } from '../../core/limits.ts';
import { readKev } from '../../knowledge/filters/exploitation.ts';
import type { Fleet } from '../config/fleet.ts';
import { rememberOwners } from '../store/owners.ts';
import { restateExploited, restateLevels, retireImages } from '../store/restate.ts';
import type { FleetStore } from '../store/store.ts';
import type { FleetTarget } from './target.ts';

/** Bytes; CISA's catalogue has 1.5 MB. */
const LIST_LIMIT = 64 * 1024 * 1024;

/**
 * Ids of the list of known exploited vulnerabilities that a configuration names; undefined when it names none.
 * @throws SutureError FILE_UNREADABLE, INVALID_DATA
 */
export async function readExploited({ knownExploited: file }: Fleet): Promise<ReadonlySet<string> | undefined> {
  if (file === undefined) return undefined;
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new SutureError('FILE_UNREADABLE', `cannot read ${file}`, { cause });
  }
  checkLimit(file, bytes.length, LIST_LIMIT);
  return new Set(readKev(bytes, file).entries.keys());
}

/**
 * Brings the store in line with the configuration before a run: teams, service levels and what is known to be exploited count
 * for images too for which nothing else changed, and what is named no more leaves the fleet.
 * @param isWhole whether `targets` is everything that the configuration means
 */
export async function alignStore(
  store: FleetStore,
  fleet: Fleet,
  targets: readonly FleetTarget[],
  { exploited, isWhole }: { readonly exploited: ReadonlySet<string> | undefined; readonly isWhole: boolean },
): Promise<void> {
  const owners = new Map(targets.map((target) => [target.reference, ownerOf(target, fleet)]));
  await rememberOwners(store, owners);
  await restateLevels(store, new Map(targets.map(({ reference, policy }) => [reference, policy.sla])));
  if (exploited !== undefined) await restateExploited(store, exploited);
  if (isWhole) await retireImages(store, sourceOf(fleet), new Set(owners.keys()));
}

/** Where an image belongs, as the configuration says. */
export function ownerOf({ set, policy: { team, owner } }: FleetTarget, fleet: Fleet) {
  return {
    set,
    source: sourceOf(fleet),
    ...(team === undefined ? {} : { team }),
    ...(owner === undefined ? {} : { owner }),
  };
}

function sourceOf({ file }: Fleet): string {
  return resolve(file);
}
