import type { CommandDefinition } from '../definition.ts';
import { CACHED_LAYERS_OPTION, NETWORK_OPTIONS, REPOSITORY_OPTIONS } from '../options.ts';
import { PLAN_OPTIONS } from './patch-options.ts';

export const patch: CommandDefinition = {
  name: 'patch',
  summary: 'patch an image: one new layer, verified and pushed',
  description:
    'Upgrades the packages of an image without running it: fetches them from the repositories the image itself configures, verifies signatures and hashes, applies them as the package manager would, and publishes the image with one more layer. The same base and plan give the same digest on every machine. An image that was patched before is patched again from its original base.',
  arguments: [
    { name: 'image', description: 'registry/repo:tag, registry/repo@sha256:…, oci:DIR[:tag] or docker-archive:FILE' },
  ],
  options: [
    ...PLAN_OPTIONS,
    { flags: '--plan <file>', description: 'apply this saved plan exactly, or fail', noEnvironment: true },
    {
      flags: '-t, --tag <tag>',
      description: 'tag of the patched image (default: <tag>-patched-<date of the repositories, UTC>)',
      noEnvironment: true,
    },
    {
      flags: '--output-image <image>',
      description: 'publish there instead of beside the input: another repository, oci:DIR:tag or docker-archive:FILE',
      noEnvironment: true,
    },
    {
      flags: '--engine <engine>',
      description: 'how packages are applied; auto takes native',
      choices: ['auto', 'native'],
      default: 'auto',
    },
    { flags: '--dry-run', description: 'stop before publishing' },
    CACHED_LAYERS_OPTION,
    ...REPOSITORY_OPTIONS,
    ...NETWORK_OPTIONS,
  ],
  examples: [
    {
      command: 'suture patch registry.example.org/team/app:1.4',
      comment: 'publishes registry.example.org/team/app:1.4-patched-<date>',
    },
    {
      command: 'suture patch --report trivy.json --tag 1.4-fixed registry.example.org/team/app:1.4',
      comment: 'exactly what a report asks, under a tag of your choice',
    },
    {
      command: 'suture patch --mirror deb.example.org=/srv/mirror oci:./image:latest',
      comment: 'from a local mirror, in an OCI layout',
    },
  ],
  async run(invocation) {
    const { runPatch } = await import('../patching.ts');
    return runPatch(invocation);
  },
};
