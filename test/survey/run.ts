// Which pending packages of the security suites are patched natively, and whether the effects are those of dpkg:
// node --import tsx test/survey/run.ts [--no-real] [--suite=bookworm] [--document=docs/coverage.md] [package…]
import { readFileSync, writeFileSync } from 'node:fs';
import { missingRequirement } from '../differential/support/requirements.ts';
import { treeOfTar } from '../differential/support/tar-tree.ts';
import { buildCorpus } from './support/corpus.ts';
import { countVerdicts, coverageDocument, isScripted, type SuiteResult } from './support/coverage.ts';
import { bySource, Judge, type Verdict } from './support/judge.ts';

const SUITES = ['bookworm', 'trixie'];

const words = process.argv.slice(2);
const compare = !words.includes('--no-real');
const only = new Set(words.filter((word) => !word.startsWith('--')));
const document = option('document');
const suite = option('suite');
const results: SuiteResult[] = [];
for (const name of suite === undefined ? SUITES : [suite]) {
  const missing = await missingRequirement(name);
  if (missing === undefined) results.push(await surveySuite(name));
  else process.stderr.write(`${name}: cannot run here: ${missing}\n`);
}
if (results.length === 0) process.exit(2);
const total = countVerdicts(results.flatMap(({ verdicts }) => verdicts));
if (document !== undefined) {
  if (only.size > 0 || !compare) throw new Error('the document needs all packages, compared');
  writeFileSync(document, coverageDocument(results));
}
process.stdout.write(`pending ${total.pending} native ${total.native} false ${total.falseNative}\n`);
process.exitCode = total.falseNative > 0 ? 1 : 0;

function option(name: string): string | undefined {
  return words.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
}

async function surveySuite(name: string): Promise<SuiteResult> {
  const list = readFileSync(new URL(`./${name}-packages.txt`, import.meta.url), 'utf8');
  const corpus = buildCorpus(name, list.trim().split('\n'));
  const judge = new Judge(corpus, await treeOfTar(corpus.tar), compare);
  const wanted = corpus.debs.filter((deb) => only.size === 0 || only.has(deb.name));
  const verdicts: Verdict[] = [];
  for (const group of bySource(wanted)) {
    for (const verdict of await judge.judgeGroup(group)) {
      verdicts.push(verdict);
      report(verdict);
    }
  }
  const all = countVerdicts(verdicts);
  const scripted = countVerdicts(verdicts.filter(isScripted));
  const share = `pending ${all.pending} native ${all.native} false ${all.falseNative}`;
  process.stdout.write(`${name}: ${share}; with scripts: pending ${scripted.pending} native ${scripted.native}\n`);
  return { suite: name, date: corpus.date, verdicts };
}

function report({ deb, blockers, differences }: Verdict): void {
  const verdict = blockers.length > 0 ? 'not native' : differences.length > 0 ? 'FALSE' : 'native';
  const scripts = deb.scripts.length > 0 ? '' : ' (no scripts)';
  process.stdout.write(`${deb.name} ${deb.from} → ${deb.to}${scripts}: ${verdict}\n`);
  for (const blocker of blockers) process.stdout.write(`    ${blocker}\n`);
  for (const { path, aspect, real, ours } of differences.slice(0, 12)) {
    process.stdout.write(`    ${path} ${aspect}: really ${real}, ours ${ours}\n`);
  }
}
