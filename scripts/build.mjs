// Bundles src/ into dist/: one entry, one chunk per command, so that `suture --help` loads only the option tables.
import { readFileSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
// Tests build a bundle of their own: node scripts/build.mjs DIRECTORY.
const outdir = process.argv[2] ?? 'dist';
rmSync(outdir, { recursive: true, force: true });
await build({
  entryPoints: ['src/cli/main.ts'],
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: true,
  chunkNames: 'chunks/[name]-[hash]',
  define: { SUTURE_VERSION: JSON.stringify(version) },
  logLevel: 'warning',
});
