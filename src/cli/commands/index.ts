import type { CommandDefinition } from '../definition.ts';
import { completionCommand } from './completion.ts';
import { dbImport } from './db-import.ts';
import { dbPrune } from './db-prune.ts';
import { dbRollback } from './db-rollback.ts';
import { dbStatus } from './db-status.ts';
import { dbUpdate } from './db-update.ts';
import { demo } from './demo.ts';
import { diff } from './diff.ts';
import { inventory } from './inventory.ts';
import { patch } from './patch.ts';
import { plan } from './plan.ts';
import { registryServe } from './registry-serve.ts';
import { scan } from './scan.ts';

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandDefinition[] = [
  scan,
  diff,
  inventory,
  plan,
  patch,
  dbUpdate,
  dbImport,
  dbStatus,
  dbRollback,
  dbPrune,
  registryServe,
  demo,
  completionCommand(() => COMMANDS),
];
