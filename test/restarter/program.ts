import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { beforeAll } from 'vitest';
import { restarterBinary } from './restarter-binary.ts';

// On a new machine it is compiled first.
beforeAll(async () => void (await restarterBinary()), 600_000);

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The restarter in one of its short modes. */
export class Program {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = '';
  stderr = '';

  private constructor(child: ChildProcess) {
    this.process = child;
    child.stdout?.on('data', (data) => {
      this.stdout += String(data);
    });
    child.stderr?.on('data', (data) => {
      this.stderr += String(data);
    });
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) =>
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr }),
      );
    });
  }

  static around(child: ChildProcess): Program {
    return new Program(child);
  }

  static async start(args: readonly string[], options: SpawnOptions = {}): Promise<Program> {
    return new Program(spawn(await restarterBinary(), args, { stdio: 'pipe', ...options }));
  }

  get pid(): number {
    if (this.process.pid === undefined) throw new Error('the restarter did not start');
    return this.process.pid;
  }
}

/** Runs the restarter to its end, with an empty standard input. */
export async function runProgram(...args: readonly string[]): Promise<Ended> {
  const program = await Program.start(args, { stdio: ['ignore', 'pipe', 'pipe'] });
  return program.ended;
}
