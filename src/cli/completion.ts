import { SutureError } from '../core/errors/error.ts';
import type { CommandDefinition, OptionDefinition } from './definition.ts';
import { allOptions } from './options.ts';

interface Word {
  readonly text: string;
  readonly description: string;
  readonly choices: readonly string[];
}

/** A completion script made from the option tables. @throws SutureError USAGE for a shell it has no script for. */
export function completionScript(shell: string, commands: readonly CommandDefinition[]): string {
  switch (shell) {
    case 'bash':
      return bash(commands);
    case 'zsh':
      return `#compdef suture\nautoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`;
    case 'fish':
      return fish(commands);
    default:
      throw new SutureError('USAGE', `no completion script for "${shell}"`, { fix: 'Name one of: bash, zsh, fish.' });
  }
}

function optionWords(options: readonly OptionDefinition[]): Word[] {
  return options.map((option) => ({
    text: /--[a-z-]+/.exec(option.flags)?.[0] ?? option.flags,
    description: option.description,
    choices: option.choices ?? [],
  }));
}

/** First words of all commands, and for each group its second words. */
function tree(commands: readonly CommandDefinition[]): Map<string, string[]> {
  const words = new Map<string, string[]>();
  for (const { name } of commands) {
    const [first = '', second] = name.split(' ');
    const below = words.get(first) ?? [];
    if (second !== undefined) below.push(second);
    words.set(first, below);
  }
  return words;
}

function bash(commands: readonly CommandDefinition[]): string {
  const groups = tree(commands);
  const cases = [...groups]
    .filter(([, below]) => below.length > 0)
    .map(([group, below]) => `    ${group}) words="${below.join(' ')}" ;;`);
  const options = commands.map((command) => {
    const words = optionWords(allOptions(command)).map(({ text }) => text);
    return `    "${command.name}") options="${words.join(' ')}" ;;`;
  });
  const choices = new Map(
    commands.flatMap((command) => optionWords(allOptions(command))).map((word) => [word.text, word.choices]),
  );
  const choiceCases = [...choices]
    .filter(([, values]) => values.length > 0)
    .map(([text, values]) => `    ${text}) COMPREPLY=($(compgen -W "${values.join(' ')}" -- "$current")); return ;;`);
  return `# bash completion for suture
_suture() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" first="\${COMP_WORDS[1]}" words="" options="" command
  COMPREPLY=()
  case "$previous" in
${choiceCases.join('\n')}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${[...groups.keys()].join(' ')} --help --version" -- "$current")); return
  fi
  case "$first" in
${cases.join('\n')}
  esac
  if [ -n "$words" ] && [ "$COMP_CWORD" -eq 2 ]; then COMPREPLY=($(compgen -W "$words" -- "$current")); return; fi
  command="$first"; [ -z "$words" ] || command="$first \${COMP_WORDS[2]}"
  case "$command" in
${options.join('\n')}
  esac
  if [ "\${current#-}" != "$current" ]; then COMPREPLY=($(compgen -W "$options --help" -- "$current")); else COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _suture suture
`;
}

function fish(commands: readonly CommandDefinition[]): string {
  const quote = (text: string) => `'${text.replaceAll("'", "\\'")}'`;
  const groups = tree(commands);
  const lines = [
    '# fish completion for suture',
    `complete -c suture -f -n __fish_use_subcommand -a ${quote([...groups.keys()].join(' '))}`,
  ];
  for (const [group, below] of groups) {
    if (below.length > 0)
      lines.push(
        `complete -c suture -f -n '__fish_seen_subcommand_from ${group}; and not __fish_seen_subcommand_from ${below.join(' ')}' -a ${quote(below.join(' '))}`,
      );
  }
  for (const command of commands) {
    const seen = command.name
      .split(' ')
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join('; and ');
    for (const word of optionWords(allOptions(command))) {
      const values = word.choices.length > 0 ? ` -x -a ${quote(word.choices.join(' '))}` : '';
      lines.push(`complete -c suture -n '${seen}' -l ${word.text.slice(2)} -d ${quote(word.description)}${values}`);
    }
  }
  return `${lines.join('\n')}\n`;
}
