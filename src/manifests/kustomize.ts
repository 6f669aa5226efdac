import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { KdevError } from '../core/error.ts';
import type { KubernetesObject } from '../core/ports/cluster.ts';
import { kustomizeError } from './kustomize-error.ts';
import { parseManifests } from './parse-manifests.ts';

/** A program that builds a kustomization: its words before the directory, e.g. `['kubectl', 'kustomize']`. */
export interface Kustomize {
  readonly command: readonly string[];
}

/**
 * @param dir relative to `root`
 * @throws `manifest-invalid` naming the file that kustomize names; `kustomize-missing` when the program is not there
 */
export async function renderKustomization(options: {
  readonly root: string;
  readonly dir: string;
  readonly kustomize: Kustomize;
  readonly signal?: AbortSignal | undefined;
}): Promise<readonly KubernetesObject[]> {
  const { root, dir, kustomize, signal } = options;
  const [program = '', ...words] = kustomize.command;
  const run = await runProgram(program, [...words, resolve(root, dir)], signal);
  if (run.exitCode !== 0) throw await kustomizeError({ root, dir, output: run.stderr || run.stdout });
  return parseManifests({ text: run.stdout, file: `${dir} (as kustomize built it)` });
}

interface ProgramEnd {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function runProgram(
  program: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ProgramEnd> {
  return new Promise((settle, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], signal });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', (cause) => {
      reject(
        signal?.aborted
          ? (signal.reason as Error)
          : new KdevError({
              code: 'kustomize-missing',
              fault: 'environment',
              what: `Could not start ${program}: ${cause.message}.`,
              cure: 'Install kustomize, or kubectl 1.27 or later, and see that it is on PATH.',
              cause,
            }),
      );
    });
    child.once('close', (exitCode) => settle({ exitCode, stdout, stderr }));
  });
}
