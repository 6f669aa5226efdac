import { cacheRoot } from '../artifacts/cache-root.ts';
import { messageOf } from '../core/error.ts';
import { demoUsage, readDemoOptions } from './demo-options.ts';
import { editYourself } from './edit-yourself.ts';
import { projectRoot } from './kdev-process.ts';
import { runTour } from './tour/tour.ts';

class Interruption extends Error {
  readonly exitCode: number;

  constructor(signal: string, exitCode: number) {
    super(`ended by ${signal}`);
    this.exitCode = exitCode;
  }
}

/** Runs `npm run demo`; resolves with the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const demo = readDemoOptions(args, process.stdout.isTTY === true && process.stdin.isTTY === true);
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  if (demo.help) {
    process.stdout.write(demoUsage);
    return 0;
  }
  const place = { root: projectRoot(), cacheDir: cacheRoot(process.env), say, demo };
  if (!demo.tour) return editYourself(place);
  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort(new Interruption('SIGINT', 130)));
  process.once('SIGTERM', () => abort.abort(new Interruption('SIGTERM', 143)));
  const sayDetail = demo.verbose
    ? (line: string) => void process.stderr.write(`     | ${line}\n`)
    : () => undefined;
  await runTour({ ...place, sayDetail, signal: abort.signal });
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (thrown) {
  process.stderr.write(`\n${messageOf(thrown)}\n`);
  process.exitCode = thrown instanceof Interruption ? thrown.exitCode : 1;
}
