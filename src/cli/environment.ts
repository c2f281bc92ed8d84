import type { Command } from 'commander';
import { SutureError } from '../core/errors/error.ts';
import type { Environment } from '../core/ports.ts';
import type { CommandDefinition, OptionDefinition, OptionValue } from './definition.ts';
import { allOptions, environmentName, optionKey } from './options.ts';

const OFF = /^(?:0|false|no|off)$/i;
const ON = /^(?:1|true|yes|on)$/i;

/**
 * Options that the environment sets and the command line does not. An empty variable counts as not set; a switch takes
 * 1/true/yes/on or 0/false/no/off.
 * @throws SutureError CONFIGURATION naming the variable
 */
export function environmentOptions(
  definition: CommandDefinition,
  command: Command,
  environment: Environment,
): Readonly<Record<string, OptionValue>> {
  const options: Record<string, OptionValue> = {};
  for (const option of allOptions(definition)) {
    const variable = environmentName(option);
    const value = variable === undefined ? undefined : environment[variable];
    if (variable === undefined || value === undefined || value === '') continue;
    if (command.getOptionValueSource(optionKey(option)) === 'cli') continue;
    options[optionKey(option)] = read(option, variable, value);
  }
  return options;
}

function read(option: OptionDefinition, variable: string, value: string): OptionValue {
  if (option.flags.includes('<')) {
    if (option.choices !== undefined && !option.choices.includes(value)) {
      throw new SutureError('CONFIGURATION', `${variable}: "${value}" is not one of ${option.choices.join(', ')}`);
    }
    return option.repeatable ? value.split(',') : value;
  }
  if (!ON.test(value) && !OFF.test(value))
    throw new SutureError('CONFIGURATION', `${variable}: "${value}" is neither on (1) nor off (0)`);
  const on = ON.test(value);
  // `--no-color` is stored as color: false.
  return option.flags.includes('--no-') ? !on : on;
}
