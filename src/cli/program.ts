import { Command, CommanderError, Option } from 'commander';
import { EXIT_CODES } from '../core/errors/exit.ts';
import type { Environment } from '../core/ports.ts';
import type { CommandDefinition, OptionDefinition, OptionValue, Terminal } from './definition.ts';
import { environmentOptions } from './environment.ts';
import { allOptions, environmentName } from './options.ts';
import { renderError } from './terminal/error.ts';

export interface ProgramContext {
  readonly terminal: Terminal;
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

const EXIT_CODE_HELP = `
Exit codes:
  0 done   1 failed   2 wrong usage or configuration   3 partly done
  4 refused by policy   5 verification of the result failed`;

/** Builds the command tree from the tables and runs one command line. Returns the exit code; never throws. */
export async function runProgram(
  commands: readonly CommandDefinition[],
  version: string,
  argv: readonly string[],
  context: ProgramContext,
): Promise<number> {
  let code = 0;
  const program = configure(new Command('suture'), context)
    .description('Keeps container images free of OS-package vulnerabilities that already have a fix.')
    .version(version, '-V, --version', 'print the version')
    .addHelpText('after', '\nRun `suture COMMAND --help` for options and examples of a command.');
  for (const definition of commands) {
    const command = configure(new Command(definition.name.split(' ').at(-1)), context);
    describe(command, definition);
    command.action(async () => {
      code = await runCommand(definition, command, context);
    });
    parentOf(program, definition, context).addCommand(command);
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_CODES.usage;
    return renderError(error, context.terminal, {}, context.environment);
  }
  return code;
}

function configure(command: Command, { terminal }: ProgramContext): Command {
  return command
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for the options)')
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      getOutHelpWidth: () => Math.min(terminal.stdout.columns, 110),
      getErrHelpWidth: () => Math.min(terminal.stderr.columns, 110),
    });
}

function parentOf(program: Command, definition: CommandDefinition, context: ProgramContext): Command {
  const words = definition.name.split(' ').slice(0, -1);
  let parent = program;
  for (const word of words) {
    let next = parent.commands.find((command) => command.name() === word);
    if (next === undefined) {
      next = configure(new Command(word), context).description(GROUP_SUMMARIES[word] ?? '');
      parent.addCommand(next);
    }
    parent = next;
  }
  return parent;
}

const GROUP_SUMMARIES: Readonly<Record<string, string>> = {
  registry: 'the embedded registry',
  cache: 'what was fetched and can be fetched again',
  db: 'vulnerability database',
  config: 'what is kept patched',
  store: 'what is known of the fleet, and what happened',
  waiver: 'vulnerabilities accepted for a time',
  token: 'who the service lets in',
  notify: 'whom notices go to',
  render: 'files for other tools',
};

function describe(command: Command, definition: CommandDefinition): void {
  command.summary(definition.summary).description(definition.description ?? definition.summary);
  for (const argument of definition.arguments) {
    const name = argument.variadic ? `${argument.name}...` : argument.name;
    command.argument(argument.optional ? `[${name}]` : `<${name}>`, argument.description);
  }
  for (const option of allOptions(definition)) command.addOption(toOption(option));
  const examples = definition.examples.map(({ command: line, comment }) => `  # ${comment}\n  ${line}`).join('\n');
  command.addHelpText('after', `\nExamples:\n${examples}\n${EXIT_CODE_HELP}`);
}

function toOption(definition: OptionDefinition): Option {
  const variable = environmentName(definition);
  const note = variable === undefined ? '' : ` (env: ${variable})`;
  const option = new Option(definition.flags, `${definition.description}${note}`);
  if (definition.choices) option.choices([...definition.choices]);
  if (definition.default !== undefined) option.default(definition.default);
  if (definition.repeatable) option.argParser<string[]>((value, previous) => [...(previous ?? []), value]);
  return option;
}

async function runCommand(definition: CommandDefinition, command: Command, context: ProgramContext): Promise<number> {
  let options = command.opts<Record<string, OptionValue>>();
  try {
    options = { ...options, ...environmentOptions(definition, command, context.environment) };
    return await definition.run({ ...context, args: command.processedArgs.flat() as string[], options });
  } catch (error) {
    // What a signal cut off fails in many ways; the signal is what happened.
    const shown: unknown = context.signal.aborted ? context.signal.reason : error;
    return renderError(shown, context.terminal, options, context.environment);
  }
}
