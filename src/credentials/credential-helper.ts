import { spawn } from 'node:child_process';
import { KdevError, messageOf } from '../core/error.ts';
import type { RegistryLogin } from '../core/ports/registry-credentials.ts';

/** A helper may ask a key ring that asks a person. */
const helperMs = 60_000;
const notFound = /credentials not found/i;

/**
 * Asks `docker-credential-NAME` as Docker does: the address on its standard input, JSON on its standard output.
 *
 * @returns undefined when it knows nobody there
 * @throws KdevError `registry-credentials-failed`; the signal's reason
 */
export async function askHelper(options: {
  readonly helper: string;
  /** As the configuration spells it. */
  readonly server: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}): Promise<RegistryLogin | undefined> {
  const { env, helper, server, signal } = options;
  const program = `docker-credential-${helper}`;
  let answer: Answer;
  try {
    answer = await run(program, server, env, signal);
  } catch (cause) {
    signal?.throwIfAborted();
    throw helperFailed(program, server, messageOf(cause), cause);
  }
  const { exitCode, stdout, stderr } = answer;
  const said = `${stdout}${stderr}`.trim();
  if (exitCode !== 0) {
    if (notFound.test(said)) return undefined;
    throw helperFailed(program, server, said || `It ended with ${exitCode}.`);
  }
  const { Username, Secret } = parse(stdout);
  // What it printed is not repeated: it may hold the password.
  if (typeof Username !== 'string' || typeof Secret !== 'string') {
    throw helperFailed(program, server, 'It did not print {"Username": …, "Secret": …}.');
  }
  if (Username === '' && Secret === '') return undefined;
  return Username === '<token>' ? { identityToken: Secret } : { username: Username, password: Secret };
}

interface Answer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  program: string,
  server: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const late = AbortSignal.timeout(helperMs);
    const child = spawn(program, ['get'], {
      env: { ...env },
      signal: signal ? AbortSignal.any([signal, late]) : late,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString('utf8');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
    });
    child.on('error', (error) =>
      reject(late.aborted ? new Error('It did not answer within a minute.') : error),
    );
    child.on('close', (code) => resolve({ exitCode: code ?? -1, stdout, stderr }));
    // A helper that ends without reading is judged by its answer.
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${server}\n`);
  });
}

function parse(text: string): { readonly Username?: unknown; readonly Secret?: unknown } {
  try {
    return (JSON.parse(text) as object | null) ?? {};
  } catch {
    return {}; // said by the caller, without the text
  }
}

function helperFailed(program: string, server: string, why: string, cause?: unknown): KdevError {
  return new KdevError({
    code: 'registry-credentials-failed',
    fault: 'environment',
    what: `${program} gave no credentials for ${server}.`,
    why,
    cure: `Try it: echo ${server} | ${program} get. Docker's config.json names it under credHelpers or credsStore.`,
    cause,
  });
}
