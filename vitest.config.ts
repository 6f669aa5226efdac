import { defineConfig } from 'vitest/config';

// `unit` needs this machine only; `box` makes boxes of its own; `cluster` has as many boxes as workers, made by its
// set-up: files run side by side, each alone in its box.
const cluster = [
  'test/kubernetes/**/*.test.ts',
  'test/build/**/*.test.ts',
  'test/cluster/**/*.test.ts',
  'test/terminal/**/*.test.ts',
];
const box = ['test/box/**/*.test.ts'];

/** They wait more than they compute. */
const clusterWorkers = 2;

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
          sequence: { groupOrder: 1 },
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'cluster',
          include: cluster,
          globalSetup: ['test/cluster-boxes.ts'],
          setupFiles: ['test/choose-box.ts'],
          maxWorkers: clusterWorkers,
          sequence: { groupOrder: 2 },
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
