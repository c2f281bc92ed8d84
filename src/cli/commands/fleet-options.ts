import type { OptionDefinition } from '../definition.ts';

export const CONFIG_OPTION: OptionDefinition = {
  flags: '-c, --config <file>',
  description: "what is kept patched: suture.yaml, Copa's PatchConfig or the copa-image-list ConfigMap",
};

export const STORE_OPTION: OptionDefinition = {
  flags: '--store <place>',
  description: 'fleet store: a file, or postgres:// URL (default: fleet.db in the user state directory)',
};
