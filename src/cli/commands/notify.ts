import type { CommandDefinition } from '../definition.ts';
import { NETWORK_OPTIONS } from '../options.ts';
import { CONFIG_OPTION } from './fleet-options.ts';

export const notifyTest: CommandDefinition = {
  name: 'notify test',
  summary: 'send a test message to a notification channel',
  description:
    'Sends one message that says that it is a test, with the template, address and secret that the channel has in the configuration, and records nothing. Ends with exit code 1 when the channel does not take it.',
  arguments: [{ name: 'name', description: 'of the channel in `notifications`' }],
  options: [CONFIG_OPTION, ...NETWORK_OPTIONS.filter(({ flags }) => !flags.startsWith('--plain-http'))],
  examples: [{ command: 'suture notify test oncall -c suture.yaml', comment: 'before it is needed' }],
  async run(invocation) {
    const { runNotifyTest } = await import('../notifying.ts');
    return runNotifyTest(invocation);
  },
};
