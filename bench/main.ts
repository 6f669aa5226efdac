// Measures how long a save takes until it runs, with kdev and without, on a box of its own. docs/speed.md says what
// each case is.
import path from 'node:path';
import type { Reporter } from '../src/core/reporter.ts';
import { bulkCases, gitCases, otherCases, saveCases, type Tree } from './cases.ts';
import { describeMachine } from './machine.ts';
import { measureBuilds } from './measure-builds.ts';
import { measureKdevBulk, measureOthersBulk } from './measure-bulk.ts';
import { measureKdev } from './measure-kdev.ts';
import { measureLinks } from './measure-links.ts';
import { measureOthers } from './measure-others.ts';
import { measureScale } from './measure-scale.ts';
import type { Measurement } from './measurement.ts';
import { Observer } from './observer.ts';
import { type BenchOptions, readOptions, usage } from './options.ts';
import { openPeerPod } from './peer-pod.ts';
import { withPlace } from './place.ts';
import type { Result } from './result.ts';
import { formatTable } from './table.ts';

const reporter: Reporter = {
  step: (text) => void process.stderr.write(`· ${text}\n`),
  detail: () => undefined,
};

async function bench(options: BenchOptions, signal: AbortSignal): Promise<readonly Result[]> {
  const results: Result[] = [];
  const report = (result: Result): void => {
    results.push(result);
    if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  };
  await withPlace({ reporter, signal }, async (place) => {
    const { cacheDir, env, root } = place;
    const observer = await Observer.start({
      cacheDir,
      reporter,
      signal,
      sourcesDir: path.join(root, 'bench'),
      env,
    });
    const stop = (): void => void observer.stop();
    signal.addEventListener('abort', stop);
    try {
      await measure({ ...options, place, observer, signal, report });
    } finally {
      signal.removeEventListener('abort', stop);
      await observer.stop();
    }
  });
  return results;
}

async function measure(measurement: Measurement): Promise<void> {
  const { cases, place } = measurement;
  place.reporter.step(describeMachine());
  const chosen = saveCases.filter(({ name }) => cases.includes(name));
  const casesOf = (tree: Tree) => chosen.filter((each) => each.tree === tree);
  const trees = (['small', 'large'] as const).filter(
    (tree) =>
      casesOf(tree).length > 0 || (tree === 'small' && otherCases.some((name) => cases.includes(name))),
  );
  for (const tree of trees) await measureKdev(measurement, { tree, saveCases: casesOf(tree) });
  await measureKdevBulk(measurement);
  await measureLinks(measurement);
  await measureBuilds(measurement);
  await measureScale(measurement);
  const beside = [...saveCases, ...bulkCases, ...gitCases].some(({ name }) => cases.includes(name));
  if (!beside || measurement.alone) return;
  const pod = await openPeerPod(place);
  try {
    for (const tree of trees) await measureOthers(measurement, { pod, tree, saveCases: casesOf(tree) });
    await measureOthersBulk(measurement, pod);
  } finally {
    await pod.close();
  }
}

async function main(): Promise<void> {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => interrupted.abort(new Error(name)));
  try {
    const options = readOptions(process.argv.slice(2));
    if (options === undefined) {
      process.stdout.write(usage);
      return;
    }
    const results = await bench(options, interrupted.signal);
    if (!options.json) process.stdout.write(`\n${formatTable(results)}`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

await main();
