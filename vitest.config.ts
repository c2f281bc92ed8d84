import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Many suites start real servers and tools; a hung one must not hold the run.
    testTimeout: 120_000,
    hookTimeout: 300_000,
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
  },
});
