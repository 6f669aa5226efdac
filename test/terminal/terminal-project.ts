import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { kdevEnv } from '../cluster/kdev.ts';
import { makeProject, type TestProject } from '../cluster/project.ts';
import { temporaryDir } from '../temporary-dir.ts';
import { type GivenBack, PseudoTerminal } from './pseudo-terminal.ts';

/** A Deployment `web` that runs `server.py`, and is ready when that answers well on 8080. */
export const webManifest = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: web
          image: python:3.11-slim
          workingDir: /srv/app
          command: [python3, server.py]
          readinessProbe: { httpGet: { port: 8080 }, periodSeconds: 1 }
          securityContext: { runAsUser: 0, runAsGroup: 0 }
`;

/** A project with its own namespace, state folder and terminals. */
export interface TerminalProject extends TestProject {
  /** `kdev ARGS` in a terminal of its own, on the project's namespace. */
  open(args: readonly string[], options?: TerminalOptions): Promise<PseudoTerminal>;
  /** Asserts that a command has left nothing behind: not in the terminal, not on the machine. */
  expectGivenBack(terminal: PseudoTerminal, exitCode: number, withinMs?: number): Promise<void>;
  /** The sockets of running `kdev watch`es. */
  sockets(): Promise<readonly string[]>;
  /** Ends whatever is still there of a test that failed in between. */
  closeTerminals(): void;
}

export interface TerminalOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Port of this machine that stands for the API server's. */
  readonly through?: number;
  readonly columns?: number;
  readonly rows?: number;
}

/** How long the end of a command may take on a busy machine, ms. */
const endsWithinMs = 30_000;
/** How long `kdev up` and `kdev down` may take there, ms. */
export const deploysWithinMs = 120_000;

/** A copy of the layer fixture with these files put over it. */
export async function makeTerminalProject(
  namespace: string,
  files: Readonly<Record<string, string>> = {},
): Promise<TerminalProject> {
  const project = await makeProject('layer', namespace);
  const state = await temporaryDir('kdev-state-');
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(project.dir, name)), { recursive: true });
    await writeFile(path.join(project.dir, name), content);
  }
  const terminals: PseudoTerminal[] = [];
  const sockets = async (): Promise<readonly string[]> =>
    (await readdir(path.join(state.path, 'run')).catch(() => [])).filter((name) => name.endsWith('.sock'));
  const closeTerminals = (): void => {
    for (const terminal of terminals.splice(0)) terminal.kill();
  };
  return {
    ...project,
    sockets,
    open: async ([command = '', ...args], options = {}) => {
      const { XDG_RUNTIME_DIR: _, ...env } = kdevEnv({ KDEV_STATE_DIR: state.path, ...options.env });
      const via =
        options.through === undefined ? {} : { KUBECONFIG: await kubeconfigVia(options.through, state.path) };
      const terminal = await PseudoTerminal.open([command, ...project.flags, ...args], {
        ...options,
        cwd: project.dir,
        env: { ...env, ...via },
      });
      terminals.push(terminal);
      return terminal;
    },
    expectGivenBack: async (terminal, exitCode, withinMs = endsWithinMs) => {
      const back = await terminal.ended(withinMs);
      expect(back, (await terminal.screen()).join('\n').trimEnd()).toEqual({
        exitCode,
        modesBefore: expect.stringContaining('speed') as string,
        modesAfter: back.modesBefore,
        cursorHidden: false,
        modesSet: [],
        beforePrompt: '',
        leftProcesses: [],
      } satisfies GivenBack);
      expect(await sockets()).toEqual([]);
    },
    closeTerminals,
    remove: async () => {
      closeTerminals();
      await project.remove();
      await state.remove();
    },
  };
}

/** The test cluster's kubeconfig with a port of this machine as its server. */
async function kubeconfigVia(port: number, folder: string): Promise<string> {
  const config = parse(await readFile(process.env['KDEV_TEST_KUBECONFIG'] ?? '', 'utf8')) as {
    clusters: { cluster: Record<string, unknown> }[];
  };
  for (const { cluster } of config.clusters) {
    cluster['server'] = `https://127.0.0.1:${port}`;
    cluster['tls-server-name'] = 'kubernetes';
  }
  const file = path.join(folder, `kubeconfig-${port}`);
  await writeFile(file, JSON.stringify(config));
  return file;
}
