import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cacheRoot } from '../../src/artifacts/cache-root.ts';
import { debianTree } from '../../src/artifacts/debian-tree.ts';
import { provideArtifact } from '../../src/artifacts/provide-artifact.ts';
import { runTool } from '../../src/artifacts/run-tool.ts';
import type { RegistryRequest } from '../../src/core/ports/registry.ts';
import { silentReporter } from '../../src/core/reporter.ts';
import { boxStorage } from '../../src/gc/box-storage.ts';
import { ownStorage } from '../../src/gc/own-storage.ts';
import type { RegistryStorage } from '../../src/gc/registry-storage.ts';
import { packageRoot } from '../../src/images/package-root.ts';
import { createRegistryRequest } from '../../src/registry/registry-request.ts';
import { freeHost, startRegistry } from '../registry/registry-process.ts';

export interface LocalRegistry {
  readonly request: RegistryRequest;
  readonly storage: RegistryStorage;
  stop(): Promise<void>;
}

/** Debian's docker-registry as a process of this machine, served as in a box. */
export async function startBoxRegistry(): Promise<LocalRegistry> {
  const recipe = debianTree({
    name: 'registry-under-test',
    announce: 'unpacking Debian’s docker-registry',
    packages: ['docker-registry'],
    variant: 'extract',
  });
  const tree = await provideArtifact(recipe, {
    cacheDir: cacheRoot(process.env),
    reporter: silentReporter,
  });
  const dir = await mkdtemp(path.join(tmpdir(), 'kdev-registry-'));
  const folder = path.join(dir, 'storage');
  await mkdir(folder);
  const host = await freeHost();
  const config = path.join(dir, 'registry.yaml');
  await writeFile(config, configText(folder, host));
  const script = path.join(packageRoot(), 'images', 'box', 'serve-registry');
  const env = {
    ...process.env,
    PATH: `${path.join(tree, 'root/usr/bin')}:${process.env['PATH'] ?? ''}`,
    SERVE_REGISTRY_STATE: path.join(dir, 'state'),
  };
  const server = spawn(script, ['serve', config], { env, stdio: 'ignore' });
  const request = createRegistryRequest({ fromHere: host, plainHttp: true });
  while (!(await request('GET', '').catch(() => undefined))?.ok) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    request,
    storage: boxStorage(async ([, ...args], signal) => {
      const failure = { code: 'registry-failed', what: 'The registry’s script failed.' };
      const { stdout } = await runTool({
        command: script,
        args,
        env,
        reporter: silentReporter,
        signal,
        failure,
      });
      return stdout;
    }, config),
    stop: async () => {
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      await ended;
      await rm(dir, { recursive: true });
    },
  };
}

/** kdev's own registry as a process of this machine. */
export async function startOwnRegistry(): Promise<LocalRegistry> {
  const dir = await mkdtemp(path.join(tmpdir(), 'kdev-registry-'));
  const { request, stop, upkeep } = await startRegistry(dir, path.join(dir, 'storage'));
  return {
    request,
    storage: ownStorage(upkeep),
    stop: async () => {
      await stop();
      await rm(dir, { recursive: true });
    },
  };
}

function configText(folder: string, host: string): string {
  return `version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage:
  filesystem:
    rootdirectory: ${folder}
  delete:
    enabled: true
  maintenance:
    uploadpurging:
      enabled: false
    readonly:
      enabled: false
http:
  addr: ${host}
`;
}
