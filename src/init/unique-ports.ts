import type { ProposedService } from './proposal.ts';

/** Opening a lower one on this machine takes root. */
const firstFree = 1024;

/** The services with local ports that no two of them share and that anybody may open. */
export function uniquePorts(
  services: readonly (readonly [name: string, config: ProposedService])[],
): Readonly<Record<string, ProposedService>> {
  const taken = new Set<number>();
  const localOf = (remote: number): number => {
    let local = remote < firstFree ? remote + 8_000 : remote;
    while (taken.has(local)) local += 1;
    taken.add(local);
    return local;
  };
  return Object.fromEntries(
    services.map(([name, { ports, ...config }]) => {
      const chosen = ports?.map((remote) => {
        const local = localOf(Number(remote));
        return local === Number(remote) ? local : `${local}:${remote}`;
      });
      return [name, { ...config, ...(chosen && { ports: chosen }) }];
    }),
  );
}
