import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { temporaryDirectory, WatchedTree } from './watched-tree.ts';

const names = ['a', 'b', 'c.py', 'd'];
const path = fc
  .array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'));
const content = fc.constantFrom('', 'x', 'y', 'longer content', 'z'.repeat(5000));

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('write' as const), path, content }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('replace' as const), path, content }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sneak' as const), path, content }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('mkdir' as const), path }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), path }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('move' as const), path, to: path }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('symlink' as const), path, to: path }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('link' as const), path, to: path }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('chmod' as const), path, exec: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 45 }) }),
  },
);

const isTemporary = (path: string) => /\.tmp\.\d+$/.test(path);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function take(tree: WatchedTree, step: Step): Promise<void> {
  if (step.do === 'turn') {
    await setImmediate();
    return;
  }
  if (step.do === 'wait') {
    await delay(step.ms);
    return;
  }
  const at = tree.path(step.path);
  try {
    switch (step.do) {
      case 'write':
        return writeFileSync(at, step.content);
      case 'replace':
        writeFileSync(`${at}.tmp.1`, step.content);
        return renameSync(`${at}.tmp.1`, at);
      case 'sneak': {
        const { atime, mtime } = lstatSync(at);
        writeFileSync(at, step.content);
        return utimesSync(at, atime, mtime);
      }
      case 'mkdir':
        mkdirSync(at, { recursive: true });
        return;
      case 'remove':
        return rmSync(at, { recursive: true });
      case 'move':
        return renameSync(at, tree.path(step.to));
      case 'symlink':
        return symlinkSync(step.to, at);
      case 'link':
        linkSync(at, tree.path(step.to));
        // What is written by a name that came and went unseen has no hint by any other name.
        await tree.converged(isTemporary);
        return;
      case 'chmod':
        if (lstatSync(at).isFile()) chmodSync(at, step.exec ? 0o755 : 0o644);
        return;
    }
  } catch (thrown) {
    // Most random steps make no sense where they are taken.
    if (!(thrown instanceof Error && 'code' in thrown)) throw thrown;
  }
}

describe('after any edits, once they rest', () => {
  it.each(['disk', 'memory'] as const)(
    'the tree, and what listeners were told, are what a scan finds (%s)',
    async (where) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
          const tree = await WatchedTree.start(
            { keep: '', 'a/b/c.py': '1', 'b/c.py': '2' },
            { root: temporaryDirectory(where) },
          );
          try {
            for (const step of steps) await take(tree, step);
            await tree.converged(isTemporary);
          } finally {
            await tree.stop();
          }
        }),
        { numRuns: 60, endOnFailure: false },
      );
    },
    120_000,
  );
});
