import type { ErrorTable } from './exit.ts';

export const NET_ERRORS = {} as const satisfies ErrorTable;
