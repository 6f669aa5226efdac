import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { brief, linkCases, oneReplica, type SaveCase } from './cases.ts';
import { startDelayingProxy } from './delaying-proxy.ts';
import { KdevWatch } from './kdev-watch.ts';
import { makeLocalTree } from './local-tree.ts';
import { findContainer, type Measurement, measureSaves } from './measurement.ts';
import type { Place } from './place.ts';
import { seriesTiming, timing } from './result.ts';

/** Added to every round trip of `slow-link`, ms. */
const addedRoundTripMs = 50;
const replicas = 3;

const savedFile = {
  tree: 'small',
  until: 'bytes',
  file: 'page.txt',
  inPlace: false,
  pauseMs: brief,
  goalMs: 0,
} as const;

/** Saves to several pods at once, and over a link with a long way. */
export async function measureLinks(measurement: Measurement): Promise<void> {
  for (const { name } of linkCases) {
    if (!measurement.cases.includes(name)) continue;
    if (name === 'three-replicas') await measureReplicas(measurement);
    else await measureSlowLink(measurement);
  }
}

async function measureReplicas(measurement: Measurement): Promise<void> {
  for (const count of [1, replicas]) {
    const who = count === 1 ? oneReplica : 'kdev';
    await saveThrough(measurement, { name: 'three-replicas', who, tree: `replicas-${count}`, count });
  }
}

async function measureSlowLink(measurement: Measurement): Promise<void> {
  const { place } = measurement;
  const kubeconfig = parse(place.box.kubeconfig) as {
    clusters: { cluster: Record<string, string> }[];
  };
  const cluster = kubeconfig.clusters[0]?.cluster;
  if (cluster === undefined) throw new Error('the kubeconfig names no cluster');
  const server = new URL(cluster['server'] ?? '');
  const proxy = await startDelayingProxy({
    host: server.hostname,
    port: Number(server.port || 443),
    delayMs: addedRoundTripMs / 2,
  });
  try {
    cluster['tls-server-name'] = server.hostname;
    cluster['server'] = `https://127.0.0.1:${proxy.port}`;
    const file = path.join(place.dir, 'slow-kubeconfig');
    await writeFile(file, stringify(kubeconfig), { mode: 0o600 });
    const slow: Place = { ...place, env: { ...place.env, KUBECONFIG: file } };
    await saveThrough(
      { ...measurement, place: slow },
      { name: 'slow-link', who: 'kdev', tree: 'slow', count: 1 },
    );
  } finally {
    await proxy.close();
  }
}

async function saveThrough(
  measurement: Measurement,
  of: { readonly name: string; readonly who: string; readonly tree: string; readonly count: number },
): Promise<void> {
  const { place, report, signal } = measurement;
  const { name, who, tree, count } = of;
  const { project, synced, run } = await makeLocalTree(place, tree, 'kdev');
  const manifest = path.join(project, 'k8s.yaml');
  const text = await readFile(manifest, 'utf8');
  await writeFile(manifest, text.replace('replicas: 1', `replicas: ${count}`));
  place.reporter.step(`${name}: kdev watch, ${count} replicas`);
  const watch = new KdevWatch(place, { project, namespace: `bench-${tree}` });
  const stop = (): void => void watch.stop();
  signal.addEventListener('abort', stop);
  try {
    await watch.ready();
    const container = await findContainer(measurement, run, count);
    watch.takeStages();
    const saveCase: SaveCase = { ...savedFile, name: 'save-bytes' };
    const series = { saveCase, who, container, synced, command: [] };
    const { measured, different } = await measureSaves(measurement, series);
    report(seriesTiming({ case: name, who }, measured, different));
    const stages = watch.takeStages().slice(-measured.samples.length);
    report(
      timing(
        { case: `${name}.total`, who },
        stages.map(({ total }) => total),
      ),
    );
  } finally {
    signal.removeEventListener('abort', stop);
    await watch.stop();
  }
}
