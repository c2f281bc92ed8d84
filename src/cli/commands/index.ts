import type { CommandDefinition } from '../definition.ts';
import { completionCommand } from './completion.ts';
import { configValidate } from './config-validate.ts';
import { configView } from './config-view.ts';
import { dbImport } from './db-import.ts';
import { dbPrune } from './db-prune.ts';
import { dbRollback } from './db-rollback.ts';
import { dbStatus } from './db-status.ts';
import { dbUpdate } from './db-update.ts';
import { demo } from './demo.ts';
import { diff } from './diff.ts';
import { inventory } from './inventory.ts';
import { notifyTest } from './notify.ts';
import { patch } from './patch.ts';
import { plan } from './plan.ts';
import { registryServe } from './registry-serve.ts';
import { renderAlerts, renderDashboards } from './render.ts';
import { run } from './run.ts';
import { scan } from './scan.ts';
import { serve } from './serve.ts';
import { storeBackup, storePrune, storeRebuild, storeVerify } from './store.ts';
import { tokenCreate, tokenList, tokenRevoke } from './token.ts';
import { waiverAdd, waiverExport, waiverList, waiverRemove } from './waiver.ts';

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandDefinition[] = [
  scan,
  diff,
  inventory,
  plan,
  patch,
  run,
  serve,
  tokenCreate,
  tokenList,
  tokenRevoke,
  configValidate,
  configView,
  notifyTest,
  renderAlerts,
  renderDashboards,
  storeVerify,
  storeBackup,
  storePrune,
  storeRebuild,
  waiverAdd,
  waiverList,
  waiverRemove,
  waiverExport,
  dbUpdate,
  dbImport,
  dbStatus,
  dbRollback,
  dbPrune,
  registryServe,
  demo,
  completionCommand(() => COMMANDS),
];
