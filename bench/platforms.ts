// Measures one platform of an index against both: amd64 and arm64 of the Debian archive, patched on this machine.
// SUTURE_BENCH_ROUNDS (default 3) and SUTURE_BENCH_CACHE (where the images are kept) change it.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { debianIndex } from '../test/support/debian-index.ts';
import { describeMachine } from './machine.ts';
import { measure, median, type Sample } from './measure.ts';
import { PACKAGES } from './root.ts';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const ROUNDS = Number(process.env['SUTURE_BENCH_ROUNDS'] ?? 3);
const ARCHITECTURES = ['amd64', 'arm64'];

/** What a cache holds before a run: `first` only signed indexes and packages, `further` all that an earlier run left. */
const STATES = ['first', 'further'] as const;
const KEPT = { first: ['packages', 'indexes', 'releases'], further: [''] } as const;

interface Row {
  readonly cache: (typeof STATES)[number];
  readonly platforms: string;
  readonly wall: number;
  readonly cpu: number;
  readonly rss: number;
}

async function main(): Promise<void> {
  const parent = process.env['SUTURE_BENCH_CACHE'] ?? join(tmpdir(), 'suture-bench');
  mkdirSync(parent, { recursive: true });
  process.stderr.write('building the images for both architectures (kept for the next time)\n');
  const { layout } = await debianIndex(ARCHITECTURES, PACKAGES, parent);
  const work = mkdtempSync(join(parent, 'platforms-'));
  const before = loadavg()[0] ?? 0;
  // Inside the project, where its packages are found; a build of its own, whatever others build meanwhile.
  const bundle = join(PROJECT, 'node_modules/.cache', `suture-bench-platforms-${process.pid}`);
  try {
    execFileSync(process.execPath, [join(PROJECT, 'scripts/build.mjs'), bundle], { cwd: PROJECT });
    const rows = runRounds(work, join(bundle, 'main.js'), layout);
    const load = [before, loadavg()[0] ?? 0];
    const results = {
      machine: describeMachine(),
      rounds: ROUNDS,
      load,
      rows,
      ratios: STATES.map((s) => ratios(rows, s)),
    };
    writeFileSync(join(PROJECT, 'bench/platforms-results.json'), `${JSON.stringify(results, null, 2)}\n`);
    process.stdout.write(`${table(results.rows)}\n\n${JSON.stringify(results.ratios)}\n`);
  } finally {
    for (const directory of [work, bundle]) rmSync(directory, { recursive: true, force: true });
  }
}

/** Every way once per round, so that a slow moment of the machine falls on all. */
function runRounds(work: string, program: string, layout: string): Row[] {
  const full = join(work, 'cache-full');
  const patch = (image: string, cache: string): Sample => {
    const output = join(work, 'out');
    rmSync(output, { recursive: true, force: true });
    const target = ['--cache-dir', cache, '--output', 'json', '--quiet', '--output-image', `oci:${output}:1`];
    const offline = cache === full ? [] : ['--offline'];
    const argv = [process.execPath, program, 'patch', ...target, ...offline, `oci:${layout}:${image}`];
    return measure({ argv, accept: [0, 3] });
  };
  patch('1', full);
  const images = [...ARCHITECTURES, '1'];
  const samples = new Map<string, Sample[]>();
  for (let round = 0; round < ROUNDS; round++)
    for (const state of STATES)
      for (const image of images) {
        const cache = join(work, 'cache');
        rmSync(cache, { recursive: true, force: true });
        for (const name of KEPT[state]) cpSync(join(full, name), join(cache, name), { recursive: true });
        execFileSync('sync');
        const sample = patch(image, cache);
        samples.set(`${state} ${image}`, [...(samples.get(`${state} ${image}`) ?? []), sample]);
        process.stderr.write(`round ${round + 1}: ${sample.wall.toFixed(2)} s  ${state} image, ${nameOf(image)}\n`);
      }
  return STATES.flatMap((cache) =>
    images.map((image) => ({ cache, platforms: nameOf(image), ...figures(samples.get(`${cache} ${image}`) ?? []) })),
  );
}

function nameOf(image: string): string {
  return image === '1' ? ARCHITECTURES.join(' + ') : image;
}

/** Medians; the largest resident set of any run. */
function figures(samples: readonly Sample[]) {
  return {
    wall: median(samples.map(({ wall }) => wall)),
    cpu: median(samples.map(({ cpu }) => cpu)),
    rss: Math.max(...samples.map(({ rss }) => rss)),
  };
}

/** Both platforms against the mean of one. */
function ratios(rows: readonly Row[], state: Row['cache']) {
  const of = rows.filter(({ cache }) => cache === state);
  const both = of.at(-1);
  const ratio = (pick: (row: Row) => number) => {
    const single = of.slice(0, -1).map(pick);
    const mean = single.reduce((sum, value) => sum + value, 0) / single.length;
    return both === undefined ? Number.NaN : Number((pick(both) / mean).toFixed(2));
  };
  return { cache: state, wall: ratio(({ wall }) => wall), cpu: ratio(({ cpu }) => cpu) };
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ cache, platforms, wall, cpu, rss }) =>
      `| ${cache} image, ${platforms} | ${wall.toFixed(2)} s | ${cpu.toFixed(1)} s | ${rss.toFixed(0)} MB |`,
  );
  return ['| image | median | CPU | largest process |', '|---|---:|---:|---:|', ...lines].join('\n');
}

await main();
