// `npm run soak [-- EDITS [SEED]]`: random edits with faults against the whole engine, and every cut that its
// protocol has. Ends with one line that counts; fails where something differed at rest or a kind was never tried.
import fc from 'fast-check';
import { editKinds } from '../engine/edits.ts';
import { Engine } from '../engine/engine.ts';
import { everyCut } from '../engine/every-cut.ts';
import { faultKinds } from '../engine/faults.ts';
import { sendLargeFiles } from '../engine/large-files.ts';
import { changeManyFiles } from '../engine/many-files.ts';
import { anyScript, runScript } from '../engine/script.ts';
import { Tally } from '../engine/tally.ts';

const edits = Number(process.argv[2] ?? 10_000);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
const runsPerCheck = 10;
/** How long a failure is made smaller, ms. */
const shrinkMs = 300_000;

const tally = new Tally();
const differed: string[] = [];
const say = (text: string): void => void process.stdout.write(`${text}\n`);
let interrupted = false;
process.once('SIGINT', () => {
  interrupted = true;
});

const gibibyte = 1024 ** 3;
const roomy = await Engine.start({ sshdConfig: 'RekeyLimit 1M\n', layerBytes: 3 * gibibyte });
const large = { sparseBytes: 3 * gibibyte, contentBytes: 2 * gibibyte, deadlineMs: 600_000 };
const { differs, ...took } = await sendLargeFiles(roomy, large);
differed.push(...differs);
const megabytes = Object.entries(took).map(([name, bytes]) => `${name} ${Math.round(bytes / 1024 ** 2)} MiB`);
say(`a sparse file of 3 GiB and one of 2 GiB: ${differs.join() || 'equal'}; ${megabytes.join(', ')}`);

const files = 100_000;
const wrong = await changeManyFiles(roomy, { files, deadlineMs: 600_000 });
await roomy.stop();
differed.push(...wrong);
say(`a tree of ${files} files, made, rewritten, moved, deleted: ${wrong.join() || 'equal'}`);

say(`seed ${seed}: ${edits} edits with faults`);
let engine = await Engine.start({ smallJournal: true });
await engine.rest();
const cuts = await everyCut(engine, {
  isOver: () => interrupted,
  onCut: (cut, failure) => {
    if (failure !== undefined) differed.push(`${cut}: ${failure}`);
    say(`  ${cut}: ${failure ?? 'equal'}`);
  },
});
say(`${cuts} cuts, at every frame of both directions and inside each, ${differed.length} differed`);

const script = anyScript({ maxSteps: 120, faults: faultKinds, editsPerFault: 20 });
for (let check = 0; tally.sum(editKinds) < edits && differed.length < 3 && !interrupted; check++) {
  const start = performance.now();
  const details = await fc.check(
    fc.asyncProperty(script, async (steps) => {
      // A failure that takes too long to make smaller is good enough.
      if (performance.now() - start > shrinkMs || interrupted) return;
      try {
        await runScript(engine, steps, tally);
      } catch (error) {
        say(`${String(error)}\n${engine.pod.agent.log.split('\n').slice(-30).join('\n')}`);
        // Whatever is wrong now must not be taken for the next script's fault.
        await engine.stop();
        engine = await Engine.start({ smallJournal: true });
        throw error;
      }
    }),
    { seed: seed + check, numRuns: runsPerCheck, endOnFailure: false },
  );
  if (details.failed) {
    differed.push(String(details.errorInstance));
    say(fc.defaultReportMessage(details) ?? '');
  }
  say(`  ${tally.sum(editKinds)} edits, ${tally.sum(faultKinds)} faults, ${tally.rests} times at rest`);
}
await engine.stop();

const missing = [...tally.missing(editKinds), ...tally.missing(faultKinds)];
if (missing.length > 0) say(`never tried: ${missing.join(', ')}`);
for (const failure of differed) say(`differed: ${failure}`);
say(
  `${tally.sum(editKinds)} edits (${tally.describe(editKinds)}); ${tally.sum(faultKinds)} faults ` +
    `(${tally.describe(faultKinds)}); ${cuts} enumerated cuts; ${tally.rests} times at rest, ` +
    `${differed.length} differed; seed ${seed}`,
);
process.exit(differed.length > 0 || missing.length > 0 || interrupted ? 1 : 0);
