import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach } from 'vitest';
import type { MappingFacts } from '../../src/wire/messages.ts';
import { AgentProcess, type AgentSettings } from './agent-process.ts';
import { type ContainerSettings, FakeContainer } from './fake-container.ts';
import { SessionClient } from './session-client.ts';

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A folder that goes with the test, with an empty root file system for a container in it. */
export async function testFolder(): Promise<{ readonly dir: string; readonly root: string }> {
  const dir = await mkdtemp(path.join(tmpdir(), 'kdev-agent-'));
  cleanups.push(() => rm(dir, { recursive: true, force: true }));
  const root = path.join(dir, 'root');
  mkdirSync(path.join(root, 'app'), { recursive: true });
  return { dir, root };
}

export async function startAgent(settings: AgentSettings): Promise<AgentProcess> {
  const agent = new AgentProcess(settings);
  cleanups.push(() => agent.kill());
  await agent.start();
  return agent;
}

export async function startContainer(settings: ContainerSettings): Promise<FakeContainer> {
  const container = new FakeContainer(settings);
  cleanups.push(() => container.stop());
  await container.start();
  return container;
}

export function connect(agent: AgentProcess): SessionClient {
  const client = new SessionClient(agent.agentSocket);
  cleanups.push(() => client.close());
  return client;
}

export interface Pod {
  readonly agent: AgentProcess;
  readonly container: FakeContainer;
  readonly session: SessionClient;
  readonly root: string;
  readonly dir: string;
  /** Host path of a path in the container. */
  at(containerPath: string): string;
  /** Puts a file of the image there. */
  put(containerPath: string, text: string): void;
}

/** An agent, a container that has registered and a session that was welcomed and has its mapping at /app. */
export async function startPod(
  settings: {
    readonly agent?: Partial<AgentSettings>;
    readonly container?: Partial<ContainerSettings>;
    readonly mappings?: readonly MappingFacts[];
  } = {},
  prepare: (pod: Pick<Pod, 'at' | 'put' | 'dir' | 'root'>) => void = () => undefined,
): Promise<Pod> {
  const { dir, root } = await testFolder();
  const at = (containerPath: string): string => path.join(root, containerPath);
  const put = (containerPath: string, text: string): void => {
    mkdirSync(path.dirname(at(containerPath)), { recursive: true });
    writeFileSync(at(containerPath), text);
  };
  prepare({ at, put, dir, root });
  const agent = await startAgent({ dir, ...settings.agent });
  const container = await startContainer({ root, socket: agent.restarterSocket, ...settings.container });
  const session = connect(agent);
  await session.hello(1, settings.mappings);
  await container.register();
  await session.next('incarnation');
  return { agent, container, session, root, dir, at, put };
}
