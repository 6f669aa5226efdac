import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { seeOutput } from '../events/valid-event.ts';

export const repository = path.resolve(import.meta.dirname, '..', '..');

export interface Ended {
  /** As a shell says it: 128 + n after signal n. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Place {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  remove(): void;
}

/** A folder with these files, and an environment whose cache, state and kubeconfig are its own. */
export function makePlace(files: Readonly<Record<string, string>> = {}): Place {
  const top = realpathSync(mkdtempSync(path.join(tmpdir(), 'kdev-cli-')));
  const root = path.join(top, 'shop');
  mkdirSync(root);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), content);
  }
  const { NO_COLOR: _, FORCE_COLOR: __, XDG_RUNTIME_DIR: ___, ...env } = process.env;
  return {
    root,
    env: {
      ...env,
      KDEV_CACHE_DIR: path.join(top, 'cache'),
      KDEV_STATE_DIR: path.join(top, 'state'),
      KUBECONFIG: path.join(top, 'kubeconfig'),
    },
    remove: () => rmSync(top, { recursive: true, force: true }),
  };
}

/** Starts the real executable, with closed standard input. */
export function startKdev(place: Pick<Place, 'root' | 'env'>, ...args: readonly string[]) {
  const child = spawn(path.join(repository, 'bin', 'kdev'), args, {
    cwd: place.root,
    env: place.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, ended: endOf(child, args) };
}

export function runKdev(place: Pick<Place, 'root' | 'env'>, ...args: readonly string[]): Promise<Ended> {
  return startKdev(place, ...args).ended;
}

function endOf(child: ChildProcess, args: readonly string[]): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      seeOutput(args, stdout);
      resolve({ code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), stdout, stderr });
    });
  });
}

/** Resolves when a stream has said `words`. */
export function heard(stream: NodeJS.ReadableStream | null, words: string): Promise<void> {
  let text = '';
  return new Promise((resolve, reject) => {
    stream?.on('data', (chunk: string | Buffer) => {
      text += chunk.toString();
      if (text.includes(words)) resolve();
    });
    stream?.on('end', () => reject(new Error(`ended without saying "${words}": ${text}`)));
  });
}

/** A configuration with one service, and its manifests. */
export const smallProject = {
  'k8s/adder.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: nothing }\n',
  'dev.config.ts': `import { defineConfig } from 'kdev';

export default defineConfig({
  manifests: 'k8s',
  services: { adder: { sync: { src: '/app/src' } } },
});
`,
};
