import type { CommandDefinition } from '../definition.ts';
import { CACHED_LAYERS_OPTION, NETWORK_OPTIONS, REPOSITORY_OPTIONS } from '../options.ts';
import { CONFIG_OPTION, STORE_OPTION } from './fleet-options.ts';

export const run: CommandDefinition = {
  name: 'run',
  summary: 'one pass over the fleet: patch, verify, push and record every image',
  description:
    'Works through every image that a configuration or list names: scan, plan, patch, re-check, push, record. An image for which nothing changed costs two requests and no pull. Images that need nothing are recorded as approved as they are. A failure stays with its image; the run goes on, lists it, and ends with 3 (or 1 when every image failed, 4 when every image is refused by policy). A run that was stopped or killed goes on where it was.',
  arguments: [],
  options: [
    CONFIG_OPTION,
    { flags: '--images <file>', description: 'a list with one image per line, instead of a configuration' },
    STORE_OPTION,
    { flags: '--shard <i/n>', description: 'only this part of the fleet; images that share a base go together' },
    { flags: '--dry-run', description: 'publish and record nothing; say what would be done' },
    {
      flags: '--metrics-file <file>',
      description: 'write metrics there after the run, for the textfile collector of node_exporter (name it *.prom)',
    },
    CACHED_LAYERS_OPTION,
    ...REPOSITORY_OPTIONS,
    ...NETWORK_OPTIONS,
  ],
  examples: [
    { command: 'suture run -c suture.yaml', comment: 'everything that suture.yaml names' },
    {
      command: 'suture run -c suture.yaml --metrics-file /var/lib/node_exporter/suture.prom',
      comment: 'from cron, watched by Prometheus without a service',
    },
    { command: 'suture run --images images.txt --dry-run', comment: 'what would be done for a list of images' },
    {
      command: 'SUTURE_STORE=postgres://suture@db.example.org/suture suture run -c suture.yaml --shard 2/4',
      comment: 'one of four machines',
    },
  ],
  async run(invocation) {
    const { runRun } = await import('../fleet.ts');
    return runRun(invocation);
  },
};
