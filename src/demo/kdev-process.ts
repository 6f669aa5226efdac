import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { splitLines } from '../artifacts/split-lines.ts';

/** kdev's own package: the nearest folder above this file that has the example. */
export function projectRoot(from: string = import.meta.dirname): string {
  for (let folder = from; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'examples', 'e2e-k8s-demo'))) return folder;
  }
  throw new Error(`there is no examples/e2e-k8s-demo above ${from}`);
}

export interface KdevRun {
  /** @default `bin/kdev` of this project */
  readonly command?: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** `inherit`: the person talks to it. A function: each line of its stderr; stdin is closed. */
  readonly output: 'inherit' | ((line: string) => void);
}

/** Starts `bin/kdev`. Where the person talks to it, their Ctrl-C reaches it too; else only what this process sends. */
export function startKdev(run: KdevRun): ChildProcess {
  const child = spawn(run.command ?? path.join(projectRoot(), 'bin', 'kdev'), run.args, {
    cwd: run.cwd,
    stdio: run.output === 'inherit' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    detached: run.output !== 'inherit',
  });
  if (typeof run.output === 'function' && child.stderr !== null) {
    splitLines(child.stderr.setEncoding('utf8'), run.output);
  }
  return child;
}

export interface KdevEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export function endOfKdev(child: ChildProcess): Promise<KdevEnd> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

/** Runs kdev to its end in plain sight; rejects unless it ends with 0. */
export async function runKdev(args: readonly string[], cwd: string): Promise<void> {
  const end = await endOfKdev(startKdev({ args, cwd, output: 'inherit' }));
  if (end.code === 0) return;
  throw new Error(`kdev ${args.join(' ')} ended with ${end.code ?? end.signal}.`);
}

/** What kdev prints, or undefined when it ends with anything but 0. */
export async function readKdev(args: readonly string[], cwd: string): Promise<string | undefined> {
  const child = startKdev({ args, cwd, output: () => undefined });
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const end = await endOfKdev(child);
  return end.code === 0 ? stdout : undefined;
}
