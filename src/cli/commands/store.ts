import type { CommandDefinition } from '../definition.ts';
import { NETWORK_OPTIONS } from '../options.ts';
import { CONFIG_OPTION, STORE_OPTION } from './fleet-options.ts';

export const storeVerify: CommandDefinition = {
  name: 'store verify',
  summary: 'check the fleet store and its chain of events',
  description:
    'Reads every event and checks that the chain of hashes is whole, up to its head. Note the head elsewhere: then a ledger that was written anew as a whole is noticed too. Ends with exit code 5 when something was changed.',
  arguments: [],
  options: [STORE_OPTION],
  examples: [{ command: 'suture store verify --store fleet.db', comment: 'how many events, and the head' }],
  async run(invocation) {
    const { runStoreVerify } = await import('../fleet-store.ts');
    return runStoreVerify(invocation);
  },
};

export const storeBackup: CommandDefinition = {
  name: 'store backup',
  summary: 'copy a fleet store that is a file, while it is in use',
  arguments: [{ name: 'file', description: 'new file' }],
  options: [STORE_OPTION],
  examples: [{ command: 'suture store backup fleet-2026-01-01.db', comment: 'a consistent copy' }],
  async run(invocation) {
    const { runStoreBackup } = await import('../fleet-store.ts');
    return runStoreBackup(invocation);
  },
};

export const storePrune: CommandDefinition = {
  name: 'store prune',
  summary: 'remove old results; the last of each image and all events stay',
  arguments: [],
  options: [STORE_OPTION, { flags: '--older-than <duration>', description: 'age of what is removed', default: '90d' }],
  examples: [{ command: 'suture store prune --older-than 30d', comment: 'keep a month' }],
  async run(invocation) {
    const { runStorePrune } = await import('../fleet-store.ts');
    return runStorePrune(invocation);
  },
};

export const storeRebuild: CommandDefinition = {
  name: 'store rebuild',
  summary: 'fill a lost store from the patched images in the registry',
  description:
    'Lists the tags of every repository that the configuration names, and records each patched image whose labels are proven by its layers. The registry is the record; the store is a cache and a ledger.',
  arguments: [],
  options: [
    CONFIG_OPTION,
    { flags: '--images <file>', description: 'a list with one image per line, instead of a configuration' },
    STORE_OPTION,
    ...NETWORK_OPTIONS,
  ],
  examples: [{ command: 'suture store rebuild -c suture.yaml --store new.db', comment: 'after the store was lost' }],
  async run(invocation) {
    const { runStoreRebuild } = await import('../fleet-store.ts');
    return runStoreRebuild(invocation);
  },
};
