import type { ByteString } from '../../../core/bytes.ts';
import type { MutableTree } from '../../../oci/tree/types.ts';
import type { CommandTable, SourceOverride } from '../types.ts';
import type { Budget } from './budget.ts';

/** What all shells of one evaluation share. */
export interface World {
  readonly tree: MutableTree;
  readonly commands: CommandTable;
  readonly budget: Budget;
  readonly sourceDate: number;
  readonly triggers: Set<ByteString>;
  readonly sourceOverrides: ReadonlyMap<ByteString, SourceOverride>;
  readonly multicall: ReadonlySet<string>;
  /** Names handed out by mktemp that must be gone again at the end, because the real ones are random. */
  readonly temporaryFiles: Set<ByteString>;
}
