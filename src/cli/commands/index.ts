import type { CommandDefinition } from '../definition.ts';
import { completionCommand } from './completion.ts';
import { demo } from './demo.ts';
import { inventory } from './inventory.ts';
import { patch } from './patch.ts';
import { plan } from './plan.ts';
import { registryServe } from './registry-serve.ts';

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandDefinition[] = [
  inventory,
  plan,
  patch,
  registryServe,
  demo,
  completionCommand(() => COMMANDS),
];
