import pc from 'picocolors';
import type { Invocation } from '../definition.ts';
import { renderOutcome } from '../render/plan.ts';
import { useColor } from '../terminal/color.ts';
import { formatBytes, formatDuration, plural } from '../terminal/format.ts';
import { withWorkspace } from '../workspace.ts';
import { type DemoResult, runDemo } from './story.ts';

/** `suture demo`: runs the story and shows what it proved. */
export async function demo(invocation: Invocation): Promise<number> {
  const { terminal, options } = invocation;
  const result = await withWorkspace(invocation, runDemo);
  const proof = proofOf(result);
  if (options['output'] === 'json') terminal.stdout.write(`${JSON.stringify(document(result, proof), null, 2)}\n`);
  else terminal.stdout.write(render(invocation, result, proof));
  return proof.sameDigest && proof.upgraded === result.first.plan.steps.length ? 0 : 5;
}

interface Proof {
  /** Packages that the result, read back, has in the planned version. */
  readonly upgraded: number;
  readonly sameDigest: boolean;
}

function proofOf({ first, second, readBack }: DemoResult): Proof {
  const upgraded = first.plan.steps.filter(
    ({ name, architecture, to }) => readBack.get(`${name}:${architecture}`) === to,
  ).length;
  return { upgraded, sameDigest: second.digest === first.digest };
}

function document({ codename, base, reference, first, steps }: DemoResult, proof: Proof) {
  return {
    kind: 'DemoResult',
    codename,
    base: {
      reference,
      digest: base.image.descriptor.digest,
      packages: base.packages,
      size: base.size,
      skippedScripts: base.skippedScripts,
    },
    plan: first.plan,
    digest: first.digest,
    layer: first.layer,
    proof,
    steps,
  };
}

function render({ terminal, options, environment }: Invocation, result: DemoResult, proof: Proof): string {
  const paint = pc.createColors(useColor(terminal.stdout, options, environment));
  const { base, first, steps, codename } = result;
  const view = {
    columns: terminal.stdout.columns,
    color: paint.isColorSupported,
    verbose: options['verbose'] === true,
  };
  const mark = (good: boolean) => (good ? paint.green('✓') : paint.red('✗'));
  const vulnerabilities = new Set(first.plan.steps.flatMap(({ cves }) => cves)).size;
  const lines = [
    '',
    `${paint.bold('Before')}   Debian ${codename}, ${plural(base.packages, 'package')}, ${formatBytes(base.size)}; ${plural(first.plan.steps.length + first.plan.pending.length, 'package')} with a security update`,
    '',
    renderOutcome(first, view).trimEnd(),
    '',
    paint.bold('Proof'),
    `  ${mark(proof.upgraded === first.plan.steps.length)} ${proof.upgraded} of ${plural(first.plan.steps.length, 'package')} read back from the registry in the planned version, ${plural(vulnerabilities, 'vulnerability', 'vulnerabilities')} gone`,
    `  ${mark(proof.sameDigest)} a second run gives the same digest and sends nothing`,
    '',
    paint.bold('Time'),
    ...steps.map(({ title, milliseconds }) => `  ${formatDuration(milliseconds).padStart(8)}  ${title}`),
    '',
  ];
  return lines.join('\n');
}
