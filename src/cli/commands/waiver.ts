import type { CommandDefinition } from '../definition.ts';
import { STORE_OPTION } from './fleet-options.ts';

export const waiverAdd: CommandDefinition = {
  name: 'waiver add',
  summary: 'accept a vulnerability for a time',
  description:
    'A waiver has an owner, a ticket, a reason and an end; there is none without. It stops the service-level clock of the findings it is about, and the ledger keeps it for ever.',
  arguments: [{ name: 'vulnerability', description: 'CVE or advisory id' }],
  options: [
    STORE_OPTION,
    {
      flags: '--image <glob>',
      description: 'images it is about: * within a part of the name, ** over all',
      noEnvironment: true,
    },
    { flags: '--package <name>', description: 'only in this package', noEnvironment: true },
    { flags: '--owner <who>', description: 'who answers for it', noEnvironment: true },
    { flags: '--ticket <id>', description: 'where it was decided', noEnvironment: true },
    { flags: '--reason <text>', description: 'why', noEnvironment: true },
    { flags: '--expires-in <duration>', description: 'how long it holds: 36h, 30d', noEnvironment: true },
    {
      flags: '--justification <name>',
      description: 'says in OpenVEX that the image is not affected, and why; without one it is under investigation',
      choices: [
        'none',
        'component_not_present',
        'vulnerable_code_not_present',
        'vulnerable_code_not_in_execute_path',
        'vulnerable_code_cannot_be_controlled_by_adversary',
        'inline_mitigations_already_exist',
      ],
      default: 'none',
      noEnvironment: true,
    },
  ],
  examples: [
    {
      command:
        "suture waiver add CVE-2026-1234 --image 'registry.example.org/shop/**' --owner jo@example.org --ticket SEC-7 --reason 'no untrusted input' --expires-in 30d",
      comment: 'for one team, for a month',
    },
  ],
  async run(invocation) {
    const { runWaiverAdd } = await import('../waiver.ts');
    return runWaiverAdd(invocation);
  },
};

export const waiverList: CommandDefinition = {
  name: 'waiver list',
  summary: 'show waivers; those that end within a week are marked',
  arguments: [],
  options: [STORE_OPTION, { flags: '--all', description: 'also those that ended', noEnvironment: true }],
  examples: [{ command: 'suture waiver list', comment: 'by the date they end' }],
  async run(invocation) {
    const { runWaiverList } = await import('../waiver.ts');
    return runWaiverList(invocation);
  },
};

export const waiverRemove: CommandDefinition = {
  name: 'waiver remove',
  summary: 'end a waiver before its time',
  arguments: [{ name: 'id', description: 'as `suture waiver list` shows it' }],
  options: [STORE_OPTION],
  examples: [{ command: 'suture waiver remove w-0123456789', comment: 'the clock runs on' }],
  async run(invocation) {
    const { runWaiverRemove } = await import('../waiver.ts');
    return runWaiverRemove(invocation);
  },
};

export const waiverExport: CommandDefinition = {
  name: 'waiver export',
  summary: 'write the waivers that hold as OpenVEX, or as policy exceptions for Kyverno',
  description:
    'OpenVEX tells scanners. A PolicyException (policies.kyverno.io/v1, Kyverno 1.19) tells a ValidatingPolicy, as exceptions.allowedImages: by digest, until the first waiver of the image ends, and only images of which nothing else is late; the others are named on standard error. Kyverno takes exceptions only where they are enabled, from their namespace.',
  arguments: [],
  options: [
    STORE_OPTION,
    {
      flags: '-o, --output <format>',
      description: 'for scanners, or for admission',
      choices: ['openvex', 'kyverno'],
      default: 'openvex',
      noEnvironment: true,
    },
    {
      flags: '--policy <name>',
      description: 'ValidatingPolicy that the exceptions are about',
      default: 'require-approved-image',
      noEnvironment: true,
    },
    {
      flags: '--namespace <name>',
      description: 'where Kyverno looks for exceptions',
      default: 'kyverno',
      noEnvironment: true,
    },
  ],
  examples: [
    { command: 'suture waiver export > waivers.openvex.json', comment: 'for scanners' },
    { command: 'suture waiver export --output kyverno | kubectl apply -f -', comment: 'for admission' },
  ],
  async run(invocation) {
    const { runWaiverExport } = await import('../waiver.ts');
    return runWaiverExport(invocation);
  },
};
