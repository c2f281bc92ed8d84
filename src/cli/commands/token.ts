import type { CommandDefinition } from '../definition.ts';
import { STORE_OPTION } from './fleet-options.ts';

export const tokenCreate: CommandDefinition = {
  name: 'token create',
  summary: 'make a token for the service',
  description:
    'Makes a token that `suture serve` lets in, and prints it this once: the store has its hash only. A viewer reads; an operator also starts and cancels runs and waives; an admin also manages tokens.',
  arguments: [],
  options: [
    STORE_OPTION,
    { flags: '--name <name>', description: 'who or what it is for; the ledger tells of it', noEnvironment: true },
    {
      flags: '--role <role>',
      description: 'what it allows',
      choices: ['viewer', 'operator', 'admin'],
      default: 'viewer',
      noEnvironment: true,
    },
    { flags: '--expires-in <duration>', description: 'such as 90d; never when absent', noEnvironment: true },
  ],
  examples: [
    { command: 'suture token create --name jo --role admin', comment: 'for the first login' },
    {
      command: 'suture token create --name prometheus --expires-in 365d > /etc/prometheus/suture.token',
      comment: 'the token alone goes to standard output',
    },
  ],
  async run(invocation) {
    const { runTokenCreate } = await import('../token.ts');
    return runTokenCreate(invocation);
  },
};

export const tokenList: CommandDefinition = {
  name: 'token list',
  summary: 'show who may come in by a token',
  arguments: [],
  options: [
    STORE_OPTION,
    { flags: '--all', description: 'also those that expired or were revoked', noEnvironment: true },
  ],
  examples: [{ command: 'suture token list', comment: 'the tokens that hold' }],
  async run(invocation) {
    const { runTokenList } = await import('../token.ts');
    return runTokenList(invocation);
  },
};

export const tokenRevoke: CommandDefinition = {
  name: 'token revoke',
  summary: 'end a token and the sessions that were opened with it',
  arguments: [{ name: 'id', description: 'as `suture token list` shows it' }],
  options: [STORE_OPTION],
  examples: [{ command: 'suture token revoke t-0123456789', comment: 'at once, on every replica' }],
  async run(invocation) {
    const { runTokenRevoke } = await import('../token.ts');
    return runTokenRevoke(invocation);
  },
};
