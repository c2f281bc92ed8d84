import type { CommandDefinition } from '../definition.ts';
import { NETWORK_OPTIONS } from '../options.ts';

export const demo: CommandDefinition = {
  name: 'demo',
  summary: 'the whole story on this machine, no registry needed',
  description:
    'Builds a real but outdated Debian image from the apt sources of this machine, pushes it to an embedded registry on a loopback port, patches it there, reads the result back, and patches it again to show the same digest. Needs no root and no daemon, runs nothing of the image, and removes everything but the cache.',
  arguments: [],
  options: NETWORK_OPTIONS.filter(({ flags }) => !flags.startsWith('--plain-http')),
  examples: [{ command: 'suture demo', comment: 'about half a minute the first time, most of it downloads' }],
  async run(invocation) {
    const command = await import('../demo/command.ts');
    return command.demo(invocation);
  },
};
