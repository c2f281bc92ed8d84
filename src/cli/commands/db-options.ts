import type { OptionDefinition } from '../definition.ts';

export const KEEP_OPTION: OptionDefinition = {
  flags: '--keep <count>',
  description: 'databases to keep, the active one among them',
  default: 3,
};
