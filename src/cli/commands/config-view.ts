import type { CommandDefinition } from '../definition.ts';
import { CONFIG_OPTION } from './fleet-options.ts';

export const configView: CommandDefinition = {
  name: 'config view',
  summary: 'show what counts for each image set, defaults filled in',
  arguments: [{ name: 'file', description: 'configuration (default: --config, else suture.yaml)', optional: true }],
  options: [
    CONFIG_OPTION,
    { flags: '--show-origin', description: 'say where each value comes from', noEnvironment: true },
  ],
  examples: [{ command: 'suture config view --show-origin', comment: 'which line decides' }],
  async run(invocation) {
    const { runConfigView } = await import('../fleet.ts');
    return runConfigView(invocation);
  },
};
