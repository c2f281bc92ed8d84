import { join } from 'node:path';
import type { MutableTree } from '../../../oci/tree/types.ts';
import type { FetchedStep, InstallOptions, InstallOutcome } from '../../family.ts';
import { combineCommands, SHARED_COMMANDS } from '../../script/commands/table.ts';
import { evaluateScript } from '../../script/evaluate.ts';
import { type OpenDebOptions, openDeb } from '../archive/open.ts';
import { DebShelf } from '../archive/shelf.ts';
import { DEB_COMMANDS } from '../commands/table.ts';
import type { DebDatabase } from '../types.ts';
import { type InstallTools, installPackages } from './install.ts';

export type { InstallTools } from './install.ts';

/** Where openDeb keeps decompressed data below a cache directory; `install` and changelog readers share it. */
export function expandedCache({ cacheDirectory }: Pick<InstallOptions, 'cacheDirectory'>): OpenDebOptions {
  return cacheDirectory === undefined ? {} : { expandedCache: join(cacheDirectory, 'expanded') };
}

/** installPackages with the program's own evaluator, commands and archive reader, unless others are given. */
export function installDebs(
  tree: MutableTree,
  database: DebDatabase,
  steps: readonly FetchedStep[],
  options: InstallOptions & Partial<InstallTools>,
): Promise<InstallOutcome> {
  const { shelf } = options;
  return installPackages(tree, database, steps, {
    evaluate: evaluateScript,
    commands: combineCommands(SHARED_COMMANDS, DEB_COMMANDS),
    openDeb: (file) => (shelf instanceof DebShelf ? shelf.open(file) : openDeb(file, expandedCache(options))),
    ...options,
  });
}
