import type { CommandDefinition } from '../definition.ts';
import { NETWORK_OPTIONS } from '../options.ts';
import { EXIT_OPTIONS, FILTER_OPTIONS, KNOWLEDGE_OPTIONS } from './scan-options.ts';

const TARGET = 'image, SBOM or report, as for `suture scan`';

export const diff: CommandDefinition = {
  name: 'diff',
  summary: 'compare two images, SBOMs or reports: packages and findings',
  description:
    'Scans both with the same database and shows which packages were added, removed or changed, and which findings are new, gone or remain. A finding counts as fixed only when the second is known: where nothing is known about it, the command says so and ends with exit code 4.',
  arguments: [
    { name: 'before', description: TARGET },
    { name: 'after', description: TARGET },
  ],
  options: [
    {
      flags: '-f, --format <format>',
      description: 'what is written (default: as --output)',
      choices: ['table', 'json', 'markdown'],
      noEnvironment: true,
    },
    { flags: '--output-file <file>', description: 'write there, as a whole or not at all', noEnvironment: true },
    { flags: '--platform <platform>', description: 'OS/ARCH[/VARIANT] of multi-platform images' },
    ...FILTER_OPTIONS,
    ...KNOWLEDGE_OPTIONS,
    ...EXIT_OPTIONS.map((option) => ({ ...option, description: `${option.description}; only new findings count` })),
    ...NETWORK_OPTIONS,
  ],
  examples: [
    {
      command: 'suture diff registry.example.org/team/app:1.4 registry.example.org/team/app:1.4-patched',
      comment: 'what a patch changed',
    },
    {
      command: 'suture diff --exit-code 1 --format markdown sbom-main.json sbom-branch.json',
      comment: 'for a review: fails when the branch brings new findings',
    },
  ],
  async run(invocation) {
    const { runDiff } = await import('../diffing.ts');
    return runDiff(invocation);
  },
};
