import { cpus, loadavg, release, totalmem } from 'node:os';

/** What figures depend on: processors, memory, kernel, Node, and how busy the machine was. */
export function describeMachine(): string {
  const processors = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const load = loadavg()[0] ?? 0;
  const facts = [
    `${processors.length} × ${processors[0]?.model.trim() || 'processor'}`,
    `${memory} GiB`,
    `Linux ${release()}`,
    `Node ${process.versions.node}`,
    `load ${load.toFixed(1)} before the first save`,
  ];
  return facts.join(', ');
}
