// Measures the patch of an nginx image against the tools a user would pick instead, side by side in one run.
// SUTURE_BENCH_ROUNDS (default 3) and SUTURE_BENCH_CACHE (where the root and the images are kept) change it.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TAG, writeImage } from './image.ts';
import { describeMachine } from './machine.ts';
import { measure, type Sample } from './measure.ts';
import { countPulls } from './pulls.ts';
import { formatTable, type Results, type Row } from './report.ts';
import { buildRoot, prepareAptRoot } from './root.ts';
import { type Outcome, type Places, ROUTES } from './routes.ts';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const BIG = 850_000_000;
const TOOLS = ['time', 'mmdebstrap', 'skopeo', 'umoci', 'unshare', 'apt-get'];

function log(text: string): void {
  process.stderr.write(`${text}\n`);
}

function requireTools(): void {
  const missing = TOOLS.filter((tool) => {
    try {
      execFileSync('sh', ['-c', `command -v ${tool}`], { stdio: 'ignore' });
      return false;
    } catch {
      return true;
    }
  });
  if (process.getuid?.() !== 0) throw new Error('the routes compared with need root (chroot, overlayfs)');
  if (missing.length > 0) throw new Error(`the bench needs ${missing.join(', ')}: apt-get install them`);
}

/** Builds what does not change between runs, and the caches of this run. */
async function setUp(work: string): Promise<Places> {
  const cache = process.env['SUTURE_BENCH_CACHE'] ?? join(tmpdir(), 'suture-bench');
  log('building the root and the images (kept for the next time)');
  const root = buildRoot(cache);
  const [image, bigImage] = [join(cache, `image-${root.identity}`), join(cache, `image-1gb-${root.identity}`)];
  await writeImage(image, root.tar, 0);
  await writeImage(bigImage, root.tar, BIG);
  const aptRoot = join(work, 'apt-root');
  log('downloading lists and archives for apt');
  prepareAptRoot(root, aptRoot);
  // A copy inside the project, where its packages are found: a build while this runs changes nothing.
  const bundle = join(PROJECT, 'node_modules/.cache', `suture-bench-${process.pid}`);
  cpSync(join(PROJECT, 'dist'), bundle, { recursive: true });
  const places = { work, image, bigImage, aptRoot, cache: join(work, 'packages'), main: join(bundle, 'main.js') };
  log('fetching packages and indexes for suture');
  const options = ['--scope', 'all', '--output', 'json', '--cache-dir', places.cache, `oci:${image}:${TAG}`];
  measure({ argv: [process.execPath, places.main, 'plan', ...options], accept: [0, 3] });
  for (const name of ['layers', 'blobs', 'expanded', 'gzipped', 'packed'])
    rmSync(join(places.cache, name), { recursive: true, force: true });
  return places;
}

/** Every route once per round, so that a slow moment of the machine falls on all. */
function runRounds(places: Places, rounds: number): Row[] {
  const samples = ROUTES.map((): Omit<Sample, 'output'>[] => []);
  const outcomes = ROUTES.map((): Outcome => ({}));
  for (let round = 1; round <= rounds; round++) {
    for (const [index, route] of ROUTES.entries()) {
      route.prepare(places);
      execFileSync('sync');
      const sample = measure(route.command(places));
      outcomes[index] = route.outcome?.(places, sample) ?? {};
      const { output: _, ...figures } = sample;
      samples[index]?.push(figures);
      log(`round ${round}: ${sample.wall.toFixed(2)} s  ${route.name}`);
    }
  }
  return ROUTES.map(({ name, includes, group }, index) => ({
    route: { name, includes, group },
    samples: samples[index] ?? [],
    outcome: outcomes[index] ?? {},
  }));
}

async function main(): Promise<void> {
  requireTools();
  const rounds = Number(process.env['SUTURE_BENCH_ROUNDS'] ?? 3);
  const parent = process.env['SUTURE_BENCH_CACHE'] ?? join(tmpdir(), 'suture-bench');
  mkdirSync(parent, { recursive: true });
  const work = mkdtempSync(join(parent, 'work-'));
  let bundle: string | undefined;
  const before = loadavg()[0] ?? 0;
  try {
    const places = await setUp(work);
    bundle = join(places.main, '..');
    const rows = runRounds(places, rounds);
    cpSync(places.cache, join(work, 'cache-registry'), { recursive: true });
    const pulls = await countPulls(places);
    const load = [before, loadavg()[0] ?? 0] as const;
    const results: Results = { machine: describeMachine(), rounds, load, rows, pulls };
    writeFileSync(join(PROJECT, 'bench/results.json'), `${JSON.stringify(results, null, 2)}\n`);
    process.stdout.write(`${formatTable(results)}\n\n${JSON.stringify(results.pulls)}\n`);
  } finally {
    rmSync(work, { recursive: true, force: true });
    if (bundle !== undefined && existsSync(bundle)) rmSync(bundle, { recursive: true });
  }
}

await main();
