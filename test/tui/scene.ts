import { createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { vi } from 'vitest';
import { inkBundling } from '../../ink-bundling.mjs';
import type { ServiceStatus } from '../../src/core/service-status.ts';
import type { ScreenProject } from '../../src/tui/view.ts';
import { temporaryDir } from '../temporary-dir.ts';
import { PseudoTerminal } from '../terminal/pseudo-terminal.ts';
import type { SceneCall, SceneOrder } from './scene-messages.ts';

const requireInModules =
  "import { createRequire as sceneRequire } from 'node:module'; const require = sceneRequire(import.meta.url);";

/** The program `tui-scene.ts`, made once for a file of tests. */
export async function makeSceneProgram() {
  const dir = await temporaryDir('kdev-scene-');
  const program = path.join(dir.path, 'scene.mjs');
  await build({
    entryPoints: [path.join(import.meta.dirname, 'tui-scene.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    ...inkBundling,
    banner: { js: requireInModules },
    logLevel: 'warning',
  });
  return { program, dir: dir.path, remove: dir.remove };
}

export type SceneProgram = Awaited<ReturnType<typeof makeSceneProgram>>;

let scenes = 0;

/** A screen in a pseudo-terminal, over a session that the test plays. */
export class Scene {
  readonly terminal: PseudoTerminal;
  readonly calls: SceneCall[] = [];
  readonly #server: Server;
  readonly #socket: Socket;

  private constructor(terminal: PseudoTerminal, server: Server, socket: Socket) {
    this.terminal = terminal;
    this.#server = server;
    this.#socket = socket;
    createInterface({ input: socket }).on('line', (line) => this.calls.push(JSON.parse(line) as SceneCall));
    socket.on('error', () => undefined);
  }

  /** Opened with what the order says; `project` has a default. */
  static async open(
    { program, dir }: SceneProgram,
    options: {
      readonly columns?: number;
      readonly rows?: number;
      readonly env?: Readonly<Record<string, string>>;
      readonly order?: SceneOrder;
    } = {},
  ): Promise<Scene> {
    scenes += 1;
    const file = path.join(dir, `scene-${scenes}.sock`);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(file, resolve));
    const dialled = new Promise<Socket>((resolve) => server.once('connection', resolve));
    const { NO_COLOR: _, LC_ALL: __, LC_CTYPE: ___, ...env } = process.env;
    const terminal = await PseudoTerminal.open([], {
      ...options,
      program,
      cwd: dir,
      ...(options.env?.['TERM'] !== undefined && { term: options.env['TERM'] }),
      env: { ...env, LANG: 'C.UTF-8', ...options.env, SCENE_SOCKET: file },
    });
    const scene = new Scene(terminal, server, await dialled);
    const { order = {} } = options;
    scene.tell({ status: [live('adder', 2)], ...order, project: order.project ?? project(['adder']) });
    await terminal.sees('demo', 20_000);
    return scene;
  }

  tell(order: SceneOrder): void {
    this.#socket.write(`${JSON.stringify(order)}\n`);
  }

  /** Resolves when the screen has asked for this. */
  async asked(call: SceneCall): Promise<void> {
    await vi.waitFor(() => {
      if (!this.calls.some((each) => JSON.stringify(each) === JSON.stringify(call)))
        throw new Error(`not asked: ${JSON.stringify(call)}, but ${JSON.stringify(this.calls)}`);
    }, 10_000);
  }

  close(): void {
    this.terminal.kill();
    this.#socket.destroy();
    this.#server.close();
  }
}

export function project(
  names: readonly string[],
  more: Partial<ScreenProject> & { readonly tests?: readonly string[] } = {},
): ScreenProject {
  const { tests = ['unit', 'lint'], ...rest } = more;
  return {
    name: 'demo',
    environment: { name: 'local', colour: 'green' },
    namespace: 'demo-dev',
    target: 'box',
    services: names.map((name) => ({ name, tests, sources: ['e2e_k8s'] })),
    ...rest,
  };
}

/** A service whose replicas have every edit up to `seq`. */
export function live(service: string, replicas: number, seq = 0): ServiceStatus {
  return {
    ...{ service, seq, digest: '5a1c5a1c', building: false, inSync: true },
    replicas: Array.from({ length: replicas }, (_, index) => ({
      ...{ pod: `${service}-566748c876-${index}`, state: 'live' as const, why: '', seq, digest: '5a1c5a1c' },
      ...{ inSync: true, incarnation: `9f86d081/${index}`, app: { state: 'running', pid: 31 }, stale: false },
    })),
  };
}
