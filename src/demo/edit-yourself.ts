import path from 'node:path';
import { provideDemoBox, removeCommand } from './demo-box.ts';
import type { DemoOptions } from './demo-options.ts';
import { endOfKdev, startKdev } from './kdev-process.ts';
import type { Say } from './tour/report.ts';

/** The demo with a person in front of it; resolves with the exit code once they end the watch. */
export async function editYourself(options: {
  readonly root: string;
  readonly cacheDir: string;
  readonly say: Say;
  readonly demo: DemoOptions;
}): Promise<number> {
  const { root, cacheDir, say, demo } = options;
  const example = path.join(root, 'examples', 'e2e-k8s-demo');
  const { context } = demo;
  if (context === undefined) await provideDemoBox({ root, cacheDir, say });
  const relative = path.relative(process.cwd(), example);
  say('');
  say('  open   http://127.0.0.1:8080            as soon as kdev says it is ready');
  say(`  edit   ${path.join(relative, 'e2e_k8s', 'demo.py')}, say "+" to "*", and reload the page`);
  say('  end    Ctrl-C; everything stays as it is');
  say('');
  const flags = context === undefined ? [] : ['--context', context];
  // The terminal sends Ctrl-C to kdev as well, which ends by itself; only then is there something to say.
  const patient = (): void => undefined;
  process.on('SIGINT', patient);
  const end = await endOfKdev(startKdev({ args: ['watch', ...flags], cwd: example, output: 'inherit' }));
  process.off('SIGINT', patient);
  const remove = context === undefined ? removeCommand : `bin/kdev down --context ${context}`;
  say(
    `\nEverything stays as it is. To remove it${context === undefined ? ' and its cluster' : ''}:  ${remove}`,
  );
  return end.code === 130 || end.signal === 'SIGINT' ? 0 : (end.code ?? 1);
}
