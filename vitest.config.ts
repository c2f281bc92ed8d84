import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Many suites start real servers and tools; a hung one must not hold the run.
    testTimeout: 120_000,
    hookTimeout: 300_000,
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'web/**/*.test.ts'],
    // Archives and mirrors on the network have hiccups; in CI a test may have one more try, at a desk it may not.
    retry: process.env['CI'] === 'true' ? 1 : 0,
    pool: 'forks',
    maxWorkers: 2,
  },
});
