import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { splitLines } from '../artifacts/split-lines.ts';

/** kdev's own package: the nearest folder above this file that has `bin/kdev`. */
export function projectRoot(from: string = import.meta.dirname): string {
  for (let folder = from; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'bin', 'kdev'))) return folder;
  }
  throw new Error(`there is no bin/kdev above ${from}`);
}

export interface KdevRun {
  readonly args: readonly string[];
  readonly cwd: string;
  /** `inherit`: the person talks to it. A function: each line of its stderr; stdin is closed. */
  readonly output: 'inherit' | ((line: string) => void);
}

/** Starts `bin/kdev` in the tour's own process group, so that a Ctrl-C in the terminal reaches it too. */
export function startKdev(run: KdevRun): ChildProcess {
  const child = spawn(path.join(projectRoot(), 'bin', 'kdev'), run.args, {
    cwd: run.cwd,
    stdio: run.output === 'inherit' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
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

/** Runs kdev to its end and gives its standard output; rejects with what it said unless it ends with 0. */
export async function runKdev(run: KdevRun & { readonly output: (line: string) => void }): Promise<string> {
  const said: string[] = [];
  const child = startKdev({
    ...run,
    output: (line) => {
      said.push(line);
      run.output(line);
    },
  });
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const end = await endOfKdev(child);
  if (end.code === 0) return stdout;
  const how = end.code === null ? `signal ${end.signal}` : `exit code ${end.code}`;
  throw new Error(`kdev ${run.args.join(' ')} ended with ${how}:\n${said.slice(-15).join('\n')}`);
}
