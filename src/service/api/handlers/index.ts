import type { Handlers } from '../context.ts';
import { ACCESS_HANDLERS } from './access.ts';
import { KNOWLEDGE_HANDLERS } from './knowledge.ts';
import { READ_HANDLERS } from './reads.ts';
import { RUN_HANDLERS } from './runs.ts';
import { WAIVER_HANDLERS } from './waivers.ts';

/** What answers each route. */
export const HANDLERS: Handlers = {
  ...ACCESS_HANDLERS,
  ...KNOWLEDGE_HANDLERS,
  ...READ_HANDLERS,
  ...RUN_HANDLERS,
  ...WAIVER_HANDLERS,
};
