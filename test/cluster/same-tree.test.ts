import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import { anyEdit } from '../engine/any-edit.ts';
import { anchor, isSynced, makeEdit } from '../engine/edits.ts';
import { differences, readTree, type TreeFacts } from '../engine/read-tree.ts';
import { execIn, podsOf, testCluster } from './cluster.ts';
import { Watching } from './kdev.ts';
import { makeProject, type TestProject } from './project.ts';

// What lies in the container is told by the container's own Python: no code of kdev, no link that leads elsewhere.
const walk = readFileSync(path.join(import.meta.dirname, '..', 'fixtures', 'read-tree.py'), 'utf8');
const where = '/srv/tree';

describe.each(['layer', 'volume'] as const)('with its files on a %s, a container', (storage) => {
  const namespace = `same-tree-${storage}`;
  let cluster: Cluster;
  let project: TestProject;
  let watching: Watching;
  let roots: { readonly tree: string; readonly elsewhere: string };

  const inContainer = async (): Promise<TreeFacts> => {
    const [pod] = await podsOf(cluster, namespace, 'web');
    const place = { namespace, pod: pod?.name ?? '', container: 'web' };
    const told = await execIn(cluster, place, ['python3', '-c', walk, where]);
    return new Map(Object.entries(JSON.parse(told) as Record<string, string>));
  };

  beforeAll(async () => {
    cluster = await testCluster();
    project = await makeProject('layer', namespace);
    roots = { tree: path.join(project.dir, 'tree'), elsewhere: path.join(project.dir, 'elsewhere') };
    for (const dir of Object.values(roots)) mkdirSync(dir);
    writeFileSync(path.join(roots.tree, anchor), '');
    const mappings = `[{ from: 'app', to: '/srv/app' }, { from: 'tree', to: '${where}', ignore: ['ignored/'] }]`;
    await project.edit('dev.config.ts', "{ app: '/srv/app' }", `${mappings}, storage: '${storage}'`);
    watching = new Watching(project.dir, [...project.flags, '--yes']);
    await watching.event('ready');
  });
  afterAll(async () => {
    await watching?.stop();
    await project?.remove();
  });

  it('has what the tree has after any edits: types, bytes, exec bits and links', async () => {
    let edits = 0;
    // A slow machine does fewer scripts, none of them in part.
    const end = performance.now() + 25_000;
    let failing = false;
    const script = fc.array(anyEdit(), { maxLength: 40, size: 'max' });
    const property = fc.asyncProperty(script, async (steps) => {
      if (performance.now() > end && edits > 0 && !failing) return;
      for (const folder of Object.values(roots)) empty(folder);
      for (const edit of steps) if (await makeEdit(edit, roots)) edits += 1;
      const local = new Map([...readTree(roots.tree)].filter(([name]) => isSynced(name)));
      failing = true;
      await vi.waitFor(async () => expect(differences(local, await inContainer())).toEqual([]), {
        timeout: 30_000,
        interval: 50,
      });
      failing = false;
    });
    await fc.assert(property, { numRuns: 40, endOnFailure: false });
    expect(edits).toBeGreaterThan(0);
  });
});

/** Whatever was in it but the anchor. */
function empty(folder: string): void {
  for (const name of readdirSync(folder, { encoding: 'buffer' })) {
    if (name.toString() === anchor) continue;
    rmSync(Buffer.concat([Buffer.from(`${folder}/`), name]), { recursive: true });
  }
}
