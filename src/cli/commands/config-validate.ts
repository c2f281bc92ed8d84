import type { CommandDefinition } from '../definition.ts';
import { CONFIG_OPTION } from './fleet-options.ts';

export const configValidate: CommandDefinition = {
  name: 'config validate',
  summary: 'check a fleet configuration',
  description: 'Names every mistake with file, line and field, and ends with exit code 2 when there is one.',
  arguments: [{ name: 'file', description: 'configuration (default: --config, else suture.yaml)', optional: true }],
  options: [CONFIG_OPTION],
  examples: [{ command: 'suture config validate suture.yaml', comment: 'before it is committed' }],
  async run(invocation) {
    const { runConfigValidate } = await import('../fleet.ts');
    return runConfigValidate(invocation);
  },
};
