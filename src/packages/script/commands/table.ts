import type { CommandTable } from '../types.ts';

export const SHARED_COMMANDS: CommandTable = new Map();

/** One table of several; of commands with the same name the one in the later table counts. */
export function combineCommands(...tables: readonly CommandTable[]): CommandTable {
  return new Map(tables.flatMap((table) => [...table]));
}
