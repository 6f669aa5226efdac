import { defineConfig } from 'vitest/config';

// `unit` needs this machine only; `box` makes boxes of its own; `cluster` shares one box that its set-up makes.
const cluster = [
  'test/kubernetes/**/*.test.ts',
  'test/build/**/*.test.ts',
  'test/cluster/**/*.test.ts',
  'test/terminal/**/*.test.ts',
];
const box = ['test/box/**/*.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'sidecar/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...cluster, ...box],
          testTimeout: 30_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'box',
          include: box,
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'cluster',
          include: cluster,
          globalSetup: ['test/cluster-box.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
