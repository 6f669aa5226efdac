import path from 'node:path';
import { type DemoBox, deleteDemoBox, provideDemoBox, removeCommand } from '../demo-box.ts';
import type { DemoOptions } from '../demo-options.ts';
import { runKdev } from '../kdev-process.ts';
import { type FoundKubectl, findKubectl } from '../observer/find-kubectl.ts';
import { Observer } from '../observer/observer.ts';
import { ExampleFiles } from './example-files.ts';
import { heading, result } from './questions.ts';
import { describeSeconds, type Say } from './report.ts';
import { runStep } from './run-step.ts';
import { steps } from './steps.ts';
import { askRight, presentReplicas, type TourScene } from './tour-scene.ts';
import { WatchProcess } from './watch-process.ts';

export interface TourOptions {
  readonly root: string;
  readonly cacheDir: string;
  readonly say: Say;
  /** Where kdev's own lines go, with `--verbose`. */
  readonly sayDetail: Say;
  readonly demo: DemoOptions;
  readonly signal: AbortSignal;
}

/**
 * Develops a copy of the example in a real cluster without a person: makes each edit of `steps`, asks every replica,
 * and takes everything away again. Rejects at the first wrong answer, after it has cleaned up.
 */
export async function runTour(options: TourOptions): Promise<void> {
  const { say, demo } = options;
  const began = performance.now();
  const box = demo.context === undefined ? await provideDemoBox(options) : undefined;
  try {
    const kubectl = await findKubectl({
      cacheDir: options.cacheDir,
      ...(box === undefined ? {} : { kubeconfig: box.kubeconfig }),
      ...(demo.context === undefined ? {} : { context: demo.context }),
    });
    try {
      await editCopy(options, kubectl, box);
    } finally {
      await kubectl.discard();
    }
  } finally {
    if (box !== undefined) await leaveBox(options, box);
  }
  say(
    `\n${steps.length} of ${steps.length} edits right in every replica, ${describeSeconds(performance.now() - began)} in all.`,
  );
}

async function editCopy(
  options: TourOptions,
  kubectl: FoundKubectl,
  box: DemoBox | undefined,
): Promise<void> {
  const { root, demo, say } = options;
  const files = await ExampleFiles.copyOf(path.join(root, 'examples', 'e2e-k8s-demo'));
  const flags = demo.context === undefined ? [] : ['--context', demo.context];
  try {
    // Whatever else runs on this machine may have the port that a person likes.
    await files.replace('dev.config.ts', ['ports: [8080]', "ports: ['0:8080']"]);
    const observer = new Observer(kubectl);
    const watch = new WatchProcess({ cwd: files.root, flags, onLine: options.sayDetail });
    try {
      await takeSteps({ files, watch, observer, kubectl, flags, say, signal: options.signal });
    } finally {
      observer.stop();
      const end = await watch.stop();
      say(`\nkdev watch ended with ${end.code ?? end.signal}`);
    }
  } finally {
    if (!demo.keep && (box === undefined || box.wasThere)) await runKdev(['down', ...flags], files.root);
    await files.discard();
  }
}

async function takeSteps(scene: TourScene): Promise<void> {
  const { watch, observer, say, signal } = scene;
  const began = performance.now();
  const interrupted = new Promise<never>((_, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  const run = async (): Promise<void> => {
    const ready = await watch.waitFor({
      event: 'ready',
      from: 0,
      withinMs: 300_000,
      what: 'the adder to be ready',
    });
    await observer.start();
    const urls = ready.services.flatMap((service) => service.urls);
    say(`The adder is ready after ${describeSeconds(performance.now() - began)}: ${urls.join(' ')}`);
    for (const replica of await presentReplicas(scene)) {
      const words = [
        await askRight(scene, replica, result(13)),
        await askRight(scene, replica, heading('The adder')),
      ];
      say(`   ${replica.pod}  ${words.join(', ')}`);
    }
    for (const [index, step] of steps.entries()) {
      say(`\n${index + 1}  ${step.title}`);
      await runStep(scene, step);
    }
  };
  await Promise.race([run(), interrupted]);
}

async function leaveBox({ demo, root, say }: TourOptions, box: DemoBox): Promise<void> {
  if (!box.wasThere && !demo.keep) return deleteDemoBox(root);
  say(
    `The box "demo" stays${box.wasThere ? ', as it was there before' : ''}. To remove it:  ${removeCommand}`,
  );
}
