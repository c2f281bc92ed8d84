import type { ErrorTable } from './exit.ts';

export const PATCH_ERRORS = {} as const satisfies ErrorTable;
