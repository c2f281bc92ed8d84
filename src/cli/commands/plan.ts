import type { CommandDefinition } from '../definition.ts';
import { CACHED_LAYERS_OPTION, NETWORK_OPTIONS, REPOSITORY_OPTIONS } from '../options.ts';
import { PLAN_OPTIONS } from './patch-options.ts';

export const plan: CommandDefinition = {
  name: 'plan',
  summary: 'show what a patch would change, and save it',
  description:
    'Dry run of `suture patch`: reads the image and its repositories, resolves the upgrades, fetches and checks the packages, and tries every maintainer script on the virtual file system. Nothing is written but the cache. A saved plan can be reviewed, and applied exactly with `suture patch --plan`.',
  arguments: [
    { name: 'image', description: 'registry/repo:tag, registry/repo@sha256:…, oci:DIR[:tag] or docker-archive:FILE' },
  ],
  options: [
    ...PLAN_OPTIONS,
    { flags: '--save <file>', description: 'write the plan document to this file', noEnvironment: true },
    CACHED_LAYERS_OPTION,
    ...REPOSITORY_OPTIONS,
    ...NETWORK_OPTIONS,
  ],
  examples: [
    {
      command: 'suture plan registry.example.org/team/app:1.4',
      comment: 'what would change, from which version to which, and why',
    },
    {
      command: 'suture plan --report trivy.json --severity HIGH,CRITICAL --save plan.json oci:./image',
      comment: 'only what a report asks, saved for review',
    },
  ],
  async run(invocation) {
    const { runPlan } = await import('../patching.ts');
    return runPlan(invocation);
  },
};
