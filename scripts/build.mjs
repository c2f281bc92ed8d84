// Bundles src/ into dist/: one entry, one chunk per command, so that `suture --help` loads only the option tables. The dashboard
// of web/ goes to dist/web, from where `suture serve` sends it.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'esbuild';
import { build as buildDashboard } from 'vite';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
// Tests build a bundle of their own: node scripts/build.mjs DIRECTORY.
const outdir = process.argv[2] ?? 'dist';
/**
 * What almost every command needs is bundled: Node takes longer to find and read zod's hundred files than a cached scan takes
 * for its look-ups. Everything else stays in node_modules until it is needed.
 */
const BUNDLED = /^(commander|fzstd|picocolors|zod)(\/|$)/;
const packages = {
  name: 'packages',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^[a-z@]/ }, ({ kind, path }) =>
      kind === 'entry-point' || BUNDLED.test(path) ? undefined : { path, external: true },
    );
    // Messages in forty languages, of which only the default is ever shown.
    onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};

/** Names the sources: what one build keeps in the cache as its own result is no other build's. */
function buildOf() {
  const hash = createHash('sha256');
  const names = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?<!\.test)\.ts$/.test(name),
  );
  for (const name of names.sort())
    hash
      .update(`${name}\0`)
      .update(readFileSync(`src/${name}`))
      .update('\0');
  return hash.update(readFileSync('package-lock.json')).digest('hex').slice(0, 16);
}

rmSync(outdir, { recursive: true, force: true });
const program = build({
  entryPoints: ['src/cli/main.ts'],
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  plugins: [packages],
  minifySyntax: true,
  minifyWhitespace: true,
  // CommonJS packages ask for Node's modules by require, which a module does not have.
  banner: {
    js: "import { createRequire as createRequire_ } from 'node:module';const require = createRequire_(import.meta.url);",
  },
  sourcemap: true,
  chunkNames: 'chunks/[name]-[hash]',
  define: { SUTURE_VERSION: JSON.stringify(version), SUTURE_BUILD: JSON.stringify(buildOf()) },
  logLevel: 'warning',
});
const dashboard = buildDashboard({
  configFile: new URL('../web/vite.config.ts', import.meta.url).pathname,
  logLevel: 'warn',
  build: { outDir: resolve(outdir, 'web') },
});
await Promise.all([program, dashboard]);
