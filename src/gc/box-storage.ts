import type { RegistryStorage } from './registry-storage.ts';

/** Runs a program where a box's registry is, to its end; its standard output. */
export type RunInBox = (argv: readonly string[], signal?: AbortSignal) => Promise<string>;

const config = '/etc/kdev/registry.yaml';

/** The storage behind `images/box/serve-registry`. */
export function boxStorage(run: RunInBox, configFile: string = config): RegistryStorage {
  const call = (command: string, signal?: AbortSignal): Promise<string> =>
    run(['serve-registry', command, configFile], signal);
  return {
    bytes: async (signal) => Number(await call('bytes', signal)),
    pushedAt: async (signal) => parsePushed(await call('list', signal)),
    collect: async (work, signal) => {
      await work();
      await call('collect', signal);
    },
  };
}

/** Lines such as `1795286567.1 kdev/shop-adder/_manifests/revisions/sha256/9f86…/link`. */
export function parsePushed(text: string): ReadonlyMap<string, number> {
  const pushed = new Map<string, number>();
  const line = /^([\d.]+) (.+)\/_manifests\/revisions\/(\w+)\/([0-9a-f]+)\/link$/gm;
  for (const [, seconds, repository, algorithm, hex] of text.matchAll(line)) {
    pushed.set(`${repository}@${algorithm}:${hex}`, Number(seconds) * 1_000);
  }
  return pushed;
}
