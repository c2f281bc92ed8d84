import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PlanStep } from '../../../src/packages/family.ts';

/** A step of a plan with the package file it needs. */
export interface OrderedStep {
  readonly step: PlanStep;
  readonly file: string;
}

/** The steps of `Inst name [old] (new …)` lines of a simulation; the file is found by what it says of itself. */
export function orderedSteps(simulated: string, debs: string): readonly OrderedStep[] {
  const files = new Map<string, { readonly file: string; readonly fields: Record<string, string> }>();
  for (const name of readdirSync(debs)) {
    const file = join(debs, name);
    const fields = controlFields(file);
    files.set(`${fields['Package']}:${fields['Architecture']}`, { file, fields });
  }
  const native = execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim();
  return [...simulated.matchAll(/^Inst (\S+?)(?::(\S+))? (?:\[([^\]]+)\] )?\(/gm)].map((match) => {
    const [, name = '', architecture = native, from] = match;
    const found = files.get(`${name}:${architecture}`) ?? files.get(`${name}:all`);
    if (found === undefined) throw new Error(`apt installs ${name}:${architecture}, which was not downloaded`);
    return { step: planStep(found.fields, from), file: found.file };
  });
}

function controlFields(file: string): Record<string, string> {
  const output = execFileSync('dpkg-deb', ['-f', file, 'Package', 'Version', 'Architecture', 'Source'], {
    encoding: 'utf8',
  });
  return Object.fromEntries(
    output
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(': ', 2) as [string, string]),
  );
}

function planStep(fields: Record<string, string>, from: string | undefined): PlanStep {
  const [name, to, architecture] = [fields['Package'] ?? '', fields['Version'] ?? '', fields['Architecture'] ?? ''];
  return {
    action: from === undefined ? 'install' : 'upgrade',
    ...{ name, architecture, to, source: { name, version: to }, reason: 'dist-upgrade' },
    ...(from === undefined ? {} : { from }),
    file: { path: '', repository: '', size: 0, digest: `sha256:${'0'.repeat(64)}` },
  };
}
