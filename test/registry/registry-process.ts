import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { cacheRoot } from '../../src/artifacts/cache-root.ts';
import { provideArtifact } from '../../src/artifacts/provide-artifact.ts';
import type { OwnRegistry, RegistryRequest } from '../../src/core/ports/registry.ts';
import { silentReporter } from '../../src/core/reporter.ts';
import { architectureOf, hostPlatform } from '../../src/images/image-architecture.ts';
import { packageRoot } from '../../src/images/package-root.ts';
import { registryProgram } from '../../src/images/registry-image.ts';
import { createOwnUpkeep } from '../../src/registry/own-upkeep.ts';
import { createRegistryRequest } from '../../src/registry/registry-request.ts';

export const passwords = { push: 'push-password', pull: 'pull-password' } as const;

/** kdev's registry as a process of this machine. */
export interface RegistryProcess {
  /** As who may do everything. */
  readonly request: RegistryRequest;
  readonly upkeep: OwnRegistry;
  as(username: string, password: string): RegistryRequest;
  stop(): Promise<void>;
}

/** Compiles it unless that was done for these sources. */
async function registryBinary(): Promise<string> {
  const architecture = architectureOf(hostPlatform());
  const recipe = await registryProgram({ root: packageRoot(), architecture, signal: undefined });
  const dir = await provideArtifact(recipe, { cacheDir: cacheRoot(process.env), reporter: silentReporter });
  return path.join(dir, 'kdev-registry');
}

/** A free port of this machine, at an address that no other process listens or calls at: none takes it meanwhile. */
export async function freeHost(): Promise<string> {
  const { pid } = process;
  const address = `127.${1 + (pid >> 16)}.${(pid >> 8) & 255}.${pid & 255}`;
  const server = createServer().listen(0, address);
  await once(server, 'listening');
  const bound = server.address();
  server.close();
  await once(server, 'close');
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  return `${address}:${bound.port}`;
}

/** @param dir for its passwords; `root` for its images */
export async function startRegistry(dir: string, root: string): Promise<RegistryProcess> {
  const secrets = path.join(dir, 'passwords');
  await mkdir(secrets, { recursive: true });
  for (const [name, password] of Object.entries(passwords))
    await writeFile(path.join(secrets, name), password);
  const host = await freeHost();
  const child = spawn(await registryBinary(), [], {
    env: { KDEV_REGISTRY_PASSWORDS: secrets, KDEV_REGISTRY_ROOT: root, KDEV_REGISTRY_ADDR: host },
    stdio: 'ignore',
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await untilItAnswers(host, child);
  const as = (username: string, password: string): RegistryRequest =>
    createRegistryRequest(
      { fromHere: host, plainHttp: true },
      { credentials: { find: async () => ({ username, password }) } },
    );
  const request = as('push', passwords.push);
  const registry = { fromHere: host, fromNodes: host, fromPods: host, plainHttp: true };
  const facts = { registry, passwords, lasting: true, uid: '' };
  return {
    request,
    upkeep: createOwnUpkeep(request, { namespace: 'nowhere', facts }),
    as,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function untilItAnswers(host: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the registry ended with ${child.exitCode}`);
    const answer = await fetch(`http://${host}/healthz`).catch(() => undefined);
    if (answer?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
