import type { CommandDefinition, OptionDefinition } from './definition.ts';

/** Options that every command has. */
export const GLOBAL_OPTIONS: readonly OptionDefinition[] = [
  {
    flags: '-o, --output <format>',
    description: 'what goes to standard output',
    choices: ['table', 'json'],
    default: 'table',
  },
  {
    flags: '--log-format <format>',
    description: 'how progress and errors are written to standard error',
    choices: ['text', 'json'],
    default: 'text',
  },
  { flags: '-q, --quiet', description: 'errors only' },
  { flags: '-v, --verbose', description: 'say more, with the cause of every error' },
  { flags: '--no-color', description: 'no colours (NO_COLOR does the same)' },
  {
    flags: '--cache-dir <directory>',
    description: 'everything that can be fetched again (default: the user cache directory)',
  },
];

/** Options of commands that talk to registries or repositories. */
export const NETWORK_OPTIONS: readonly OptionDefinition[] = [
  { flags: '--ca-file <file>', description: 'PEM certificates to trust besides the built-in ones' },
  {
    flags: '--plain-http <host>',
    description: 'talk HTTP to this registry host (loopback hosts need no option)',
    repeatable: true,
  },
  { flags: '--timeout <seconds>', description: 'give up when the other side is silent this long', default: 60 },
];

/** Options of commands that read package repositories. */
export const REPOSITORY_OPTIONS: readonly OptionDefinition[] = [
  {
    flags: '--mirror <from=to>',
    description: 'take packages of a host or URL prefix from another URL or a local directory',
    repeatable: true,
  },
  {
    flags: '--keyring <file>',
    description:
      'trust this OpenPGP keyring (apt) or RSA public key (apk; named as the signature names it) besides those in the image',
    repeatable: true,
  },
  {
    flags: '--sources <file>',
    description:
      'apt sources for images that configure none, as distroless ones: a sources.list or *.sources file, whose Signed-By paths are of this machine',
    repeatable: true,
  },
  {
    flags: '--apt-auth <path>',
    description:
      'credentials for apt repositories: a file in the form of apt_auth.conf(5), or a directory of them (default: those of apt on this machine, besides those in the image)',
    repeatable: true,
  },
  { flags: '--offline', description: 'use only what is in the cache; never touch the network' },
];

/** Of commands that make patch layers. */
export const CACHED_LAYERS_OPTION: OptionDefinition = {
  flags: '--no-cached-layers',
  description: 'make every patch layer anew, also where the cache has one that fits (the result is the same)',
};

/** The environment variable of an option: SUTURE_ and its long name in upper snake case. */
export function environmentName(option: OptionDefinition): string | undefined {
  if (option.noEnvironment) return undefined;
  const long = /--([a-z][a-z-]*)/.exec(option.flags)?.[1];
  return long === undefined ? undefined : `SUTURE_${long.replaceAll('-', '_').toUpperCase()}`;
}

/** The key under which commander stores an option: camel case of its long name. */
export function optionKey(option: OptionDefinition): string {
  const long = /--(?:no-)?([a-z][a-z-]*)/.exec(option.flags)?.[1] ?? '';
  return long.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Options of a command and those that every command has, but for what the command says itself (its own --output formats). */
export function allOptions({ options }: Pick<CommandDefinition, 'options'>): readonly OptionDefinition[] {
  const own = new Set(options.map(optionKey));
  return [...options, ...GLOBAL_OPTIONS.filter((option) => !own.has(optionKey(option)))];
}
