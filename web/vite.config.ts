import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Everything comes from this origin as a file: the service sends `default-src 'self'`, which allows nothing inline.
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react()],
  build: {
    outDir: fileURLToPath(new URL('../dist/web', import.meta.url)),
    emptyOutDir: true,
    target: ['chrome123', 'firefox121', 'safari17.5'],
    // A data: URL would need a wider policy.
    assetsInlineLimit: 0,
    // Its polyfill is an inline script in disguise, and the browsers above do not need it.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': process.env['SUTURE_API'] ?? 'http://127.0.0.1:8080' } },
});
