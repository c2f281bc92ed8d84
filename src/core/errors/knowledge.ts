import type { ErrorTable } from './exit.ts';

export const KNOWLEDGE_ERRORS = {} as const satisfies ErrorTable;
