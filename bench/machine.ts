import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';

/** What the figures were measured on; nothing that names the machine itself. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGB: number;
  readonly kernel: string;
  readonly system: string;
  readonly versions: Readonly<Record<string, string>>;
}

const TOOLS: readonly (readonly [name: string, ...argv: string[]])[] = [
  ['apt', 'apt-get', '--version'],
  ['dpkg', 'dpkg', '--version'],
  ['skopeo', 'skopeo', '--version'],
  ['umoci', 'umoci', '--version'],
];

export function describeMachine(): Machine {
  const system = /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown';
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGB: Math.round(totalmem() / 1e9),
    kernel: release().replace(/[^0-9.].*$/, ''),
    system,
    versions: {
      node: process.versions.node,
      ...Object.fromEntries(TOOLS.map(([name, ...argv]) => [name, versionOf(argv)])),
    },
  };
}

function versionOf([program = '', ...options]: readonly string[]): string {
  const output = execFileSync(program, options, { encoding: 'utf8' });
  return /\d+(?:\.\d+)+/.exec(output)?.[0] ?? 'unknown';
}
