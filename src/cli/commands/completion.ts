import type { CommandDefinition } from '../definition.ts';

/** `suture completion SHELL`: a static script, made from the same tables as the help. */
export function completionCommand(commands: () => readonly CommandDefinition[]): CommandDefinition {
  return {
    name: 'completion',
    summary: 'print a completion script for bash, zsh or fish',
    arguments: [{ name: 'shell', description: 'bash, zsh or fish' }],
    options: [],
    examples: [
      { command: 'suture completion bash > /etc/bash_completion.d/suture', comment: 'for every user of this machine' },
      { command: 'suture completion fish > ~/.config/fish/completions/suture.fish', comment: 'for one user of fish' },
    ],
    async run({ args, terminal }) {
      const { completionScript } = await import('../completion.ts');
      terminal.stdout.write(completionScript(args[0] ?? '', commands()));
      return 0;
    },
  };
}
