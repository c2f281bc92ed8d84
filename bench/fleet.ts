// Measures a run over many images that share bases, against Debian's docker-registry.
// SUTURE_BENCH_FLEET (default 10x20: bases x images on each) and SUTURE_BENCH_CACHE (where the root is kept) change it.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunReport } from '../src/fleet/run/report.ts';
import { makeTar } from '../test/e2e/support/files.ts';
import { isBlobPull, isBlobUpload, RecordingProxy } from '../test/e2e/support/recording-proxy.ts';
import { startDockerRegistry } from '../test/servers/programs.ts';
import { FleetImages } from './fleet-images.ts';
import { writeImage } from './image.ts';
import { describeMachine } from './machine.ts';
import { buildRoot, PACKAGES, SUITE } from './root.ts';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));

interface FleetSample {
  readonly name: string;
  readonly images: number;
  /** Seconds. */
  readonly wall: number;
  readonly cpu: number;
  /** Largest resident set, MB (10^6 bytes). */
  readonly rss: number;
  readonly layersMade: number;
  readonly layersShared: number;
  readonly requests: number;
  readonly blobPulls: number;
  readonly blobUploads: number;
}

interface Place {
  readonly work: string;
  readonly main: string;
  readonly proxy: RecordingProxy;
}

function log(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** One run of the program, in a process of its own, with what it took by GNU time. */
async function measured(place: Place, name: string, args: readonly string[]): Promise<FleetSample> {
  const { work, main, proxy } = place;
  const times = join(work, 'times');
  const argv = [
    '--quiet',
    '-f',
    '%e %U %S %M',
    '-o',
    times,
    process.execPath,
    main,
    'run',
    '--output',
    'json',
    ...args,
  ];
  proxy.take();
  const child = spawn('time', argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = [Buffer.concat(out).toString(), Buffer.concat(err).toString()];
  if (code !== 0 && code !== 3) throw new Error(`the run "${name}" ended with ${code}:\n${stderr}`);
  const report = JSON.parse(stdout) as RunReport;
  if (report.counts.failed > 0) throw new Error(`the run "${name}" has failures:\n${stdout}`);
  const [wall = 0, user = 0, system = 0, kilobytes = 0] = readFileSync(times, 'utf8').trim().split(' ').map(Number);
  const requests = proxy.take();
  const sample = {
    name,
    images: report.images.length,
    wall,
    cpu: user + system,
    rss: (kilobytes * 1024) / 1e6,
    layersMade: report.layersMade,
    layersShared: report.layersShared,
    requests: requests.length,
    blobPulls: requests.filter((line) => isBlobPull(line)).length,
    blobUploads: requests.filter((line) => isBlobUpload(line) && line.startsWith('PUT')).length,
  };
  log(`${name}: ${perMinute(sample).toFixed(0)} images/minute, ${JSON.stringify(sample)}`);
  return sample;
}

function perMinute({ images, wall }: FleetSample): number {
  return (images * 60) / wall;
}

function formatTable(samples: readonly FleetSample[]): string {
  const rows = samples.map((sample) => {
    const { name, images, wall, cpu, rss, layersMade, layersShared, requests, blobPulls, blobUploads } = sample;
    const each = (cpu / images).toFixed(2);
    return `| ${name} | ${images} | ${perMinute(sample).toFixed(0)} | ${wall.toFixed(0)} s | ${each} s | ${rss.toFixed(0)} MB | ${layersMade} | ${layersShared} | ${(requests / images).toFixed(1)} | ${blobPulls} | ${blobUploads} |`;
  });
  return [
    '| run | images | images/minute | wall | CPU an image | largest process | layers made | shared | requests an image | blobs pulled | blobs sent |',
    '|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|',
    ...rows,
  ].join('\n');
}

/** Base `number`: the root with an os-release of its own, which every patch reads, so that no two bases share a layer. */
async function baseLayer(rootTar: string, number: number): Promise<Buffer> {
  const text = execFileSync('tar', ['-xOf', rootTar, './usr/lib/os-release'], { encoding: 'latin1' });
  return makeTar({ '/usr/lib/os-release': `${text}# base ${number}\n` });
}

async function runs(place: Place, images: FleetImages, counts: { readonly bases: number; readonly each: number }) {
  const { work, proxy } = place;
  const { bases, each } = counts;
  const list = join(work, 'images.txt');
  const cache = join(work, 'cache');
  const common = ['--cache-dir', cache];
  const wanted = (references: readonly string[]) => writeFileSync(list, references.join('\n'));
  log('fetching packages and indexes');
  wanted([await images.pushAlone()]);
  await measured(place, 'set-up', ['--dry-run', '--images', list, '--store', join(work, 'setup.db'), ...common]);
  for (const name of ['layers', 'blobs', 'expanded', 'gzipped', 'packed', 'patches', 'facts'])
    rmSync(join(cache, name), { recursive: true, force: true });
  wanted(await images.push(bases, each));
  const store = ['--images', list, '--store', join(work, 'fleet.db')];
  const first = await measured(place, 'first run, cold', [...store, ...common]);
  const second = await measured(place, 'nothing new', [...store, ...common]);
  const config = join(work, 'suture.yaml');
  const elsewhere = (name: string) => {
    const text = `apiVersion: suture.dev/v1alpha1\nkind: Fleet\nimages:\n  - file: images.txt\n    target: ${proxy.host}/${name}\n`;
    writeFileSync(config, text);
    return ['-c', config, '--store', join(work, `${name}.db`), ...common];
  };
  const warm = await measured(place, 'all planned and pushed again, warm', elsewhere('again'));
  const apart = await measured(place, 'the same, without shared layers', [...elsewhere('apart'), '--no-cached-layers']);
  return [first, second, warm, apart];
}

async function main(): Promise<void> {
  const [, bases = 10, each = 20] = /^(\d+)x(\d+)$/.exec(process.env['SUTURE_BENCH_FLEET'] ?? '')?.map(Number) ?? [];
  const parent = process.env['SUTURE_BENCH_CACHE'] ?? join(tmpdir(), 'suture-bench');
  mkdirSync(parent, { recursive: true });
  const root = buildRoot(parent);
  const layout = join(parent, `image-${root.identity}`);
  await writeImage(layout, root.tar, 0);
  const work = mkdtempSync(join(parent, 'fleet-'));
  const bundle = join(PROJECT, 'node_modules/.cache', `suture-bench-${process.pid}`);
  cpSync(join(PROJECT, 'dist'), bundle, { recursive: true });
  const registry = await startDockerRegistry();
  const proxy = await RecordingProxy.start(`http://${registry.host}`);
  const images = new FleetImages(layout, proxy.host, (number) => baseLayer(root.tar, number));
  const before = loadavg()[0] ?? 0;
  try {
    const samples = await runs({ work, main: join(bundle, 'main.js'), proxy }, images, { bases, each });
    const load = [before, loadavg()[0] ?? 0];
    const results = { machine: describeMachine(), suite: SUITE, packages: PACKAGES, bases, each, load, samples };
    writeFileSync(join(PROJECT, 'bench/fleet-results.json'), `${JSON.stringify(results, null, 2)}\n`);
    process.stdout.write(`${formatTable(samples)}\n`);
  } finally {
    await images.close();
    await proxy.stop();
    await registry.close();
    rmSync(work, { recursive: true, force: true });
    rmSync(bundle, { recursive: true, force: true });
  }
}

await main();
