// Measures scanning: an image of 400 packages against a database of 1 GB, a first scan, and 1,000 stored inventories.
// SUTURE_BENCH_ROUNDS (default 5) and SUTURE_BENCH_CACHE (where database and images are kept) change it.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeMachine } from './machine.ts';
import { measure, median, type Sample } from './measure.ts';
import { makeDatabase } from './scan-database.ts';
import { IMAGES, writeFacts } from './scan-fleet.ts';
import { makeScanImage } from './scan-image.ts';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const ROUNDS = Number(process.env['SUTURE_BENCH_ROUNDS'] ?? 5);
const PACKAGES = 400;
const FILLER = 300_000_000;

interface Route {
  readonly name: string;
  readonly prepare?: () => void;
  readonly argv: readonly string[];
}

async function main(): Promise<void> {
  const kept = process.env['SUTURE_BENCH_CACHE'] ?? join(tmpdir(), 'suture-bench');
  mkdirSync(kept, { recursive: true });
  process.stderr.write('making database and image (kept for the next time)\n');
  const [database, image] = [makeDatabase(kept), await makeScanImage(kept, PACKAGES, FILLER)];
  const work = mkdtempSync(join(kept, 'scan-'));
  // Inside the project, where its packages are found; a build of its own, whatever others build meanwhile.
  const bundle = join(PROJECT, 'node_modules/.cache', `suture-bench-${process.pid}`);
  try {
    execFileSync(process.execPath, [join(PROJECT, 'scripts/build.mjs'), bundle], { cwd: PROJECT });
    const routes = await prepareRoutes(work, bundle, database, image);
    const samples = routes.map((): Sample[] => []);
    for (let round = 1; round <= ROUNDS; round++)
      for (const [index, { name, prepare, argv }] of routes.entries()) {
        prepare?.();
        const sample = measure({ argv });
        samples[index]?.push(sample);
        process.stderr.write(`round ${round}: ${sample.wall.toFixed(2)} s  ${name}\n`);
      }
    const rows = routes.map(({ name }, index) => ({ name, ...figures(samples[index] ?? []) }));
    const results = { machine: describeMachine(), rounds: ROUNDS, rows };
    writeFileSync(join(PROJECT, 'bench/scan-results.json'), `${JSON.stringify(results, null, 2)}\n`);
    process.stdout.write(`${table(rows)}\n`);
  } finally {
    for (const directory of [work, bundle]) rmSync(directory, { recursive: true, force: true });
  }
}

async function prepareRoutes(work: string, bundle: string, database: string, image: string): Promise<Route[]> {
  const [cache, fleet] = [join(work, 'cache'), join(work, 'fleet')];
  const node = process.execPath;
  const suture = [node, join(bundle, 'main.js')];
  const scan = [...suture, 'scan', '--quiet', '--max-db-age', 'any', '--cache-dir', cache, `oci:${image}:v1`];
  process.stderr.write('importing the database\n');
  execFileSync(node, [...suture.slice(1), 'db', 'import', database, '--cache-dir', cache], { stdio: 'ignore' });
  const forget = () => {
    for (const name of ['facts', 'layers', 'blobs']) rmSync(join(cache, name), { recursive: true, force: true });
  };
  measure({ argv: scan });
  await writeFacts(fleet);
  const fleetBundle = join(bundle, 'fleet.mjs');
  const options = ['--bundle', '--format=esm', '--platform=node', '--packages=external', '--log-level=error'];
  execFileSync(join(PROJECT, 'node_modules/.bin/esbuild'), [
    join(PROJECT, 'bench/scan-fleet.ts'),
    ...options,
    `--outfile=${fleetBundle}`,
  ]);
  const whole = `const b = require('node:fs').readFileSync(${JSON.stringify(join(database, 'trivy.db'))}); process.exit(b.length > 0 ? 0 : 1)`;
  const unpacked = join(work, 'unpacked');
  return [
    { name: 'an empty Node program', argv: [node, '-e', '0'] },
    { name: 'suture scan, inventory cached, table', argv: scan },
    { name: 'suture scan, inventory cached, json', argv: [...scan, '--format', 'json'] },
    { name: 'only reading trivy.db into memory (readFileSync)', argv: [node, '-e', whole] },
    { name: 'suture scan, first time (300 MB of layers)', prepare: forget, argv: scan },
    {
      name: 'gzip and tar: unpack the same layers to disk',
      prepare: () => {
        rmSync(unpacked, { recursive: true, force: true });
        mkdirSync(unpacked);
      },
      argv: [
        'sh',
        '-c',
        'for l; do gzip -dc "$l" | tar -x --no-same-owner -C "$0"; done',
        unpacked,
        ...layersOf(image),
      ],
    },
    {
      name: 'gzip and sha256sum: decompress and hash the same layers',
      argv: ['sh', '-c', 'for l; do gzip -dc "$l" | sha256sum; done', unpacked, ...layersOf(image)],
    },
    { name: `${IMAGES} stored inventories against the database`, argv: [node, fleetBundle, fleet, database] },
  ];
}

function layersOf(image: string): string[] {
  const blob = (digest: string) => join(image, 'blobs', ...digest.split(':'));
  const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  const [manifest] = read(join(image, 'index.json')).manifests ?? [];
  const layers = manifest === undefined ? [] : (read(blob(manifest.digest)).layers ?? []);
  const paths = layers.map(({ digest }) => blob(digest));
  if (paths.length === 0 || !paths.every((path) => existsSync(path))) throw new Error(`${image} has no layers`);
  return paths;
}

interface Manifest {
  readonly manifests?: readonly { readonly digest: string }[];
  readonly layers?: readonly { readonly digest: string }[];
}

function figures(samples: readonly Sample[]) {
  const walls = samples.map(({ wall }) => wall);
  return {
    median: median(walls),
    smallest: Math.min(...walls),
    cpu: median(samples.map(({ cpu }) => cpu)),
    rss: Math.max(...samples.map(({ rss }) => rss)),
  };
}

function table(rows: readonly ({ readonly name: string } & ReturnType<typeof figures>)[]): string {
  const lines = rows.map(
    ({ name, median: middle, smallest, cpu, rss }) =>
      `| ${name} | ${middle.toFixed(2)} s | ${smallest.toFixed(2)} s | ${cpu.toFixed(2)} s | ${rss.toFixed(0)} MB |`,
  );
  return ['| what | median | smallest | CPU | largest process |', '|---|---:|---:|---:|---:|', ...lines].join('\n');
}

await main();
