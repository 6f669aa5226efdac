import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import type { Cluster } from '../core/ports/cluster.ts';
import { listContainer, packContainer } from './ask-container.ts';

/** A container whose restarter does not know what it is asked for. */
const cluster = {
  exec: async ({ stderr }: Parameters<Cluster['exec']>[0]) => {
    stderr.write('restarter: there is no mode list\n');
    return { exitCode: 2 };
  },
} as Partial<Cluster> as Cluster;
const place = { cluster, namespace: 'shop', pod: 'web-1', container: 'web' };
const refused = {
  code: 'pull-failed',
  fault: 'environment',
  what: 'The files of container web in web-1 could not be read.',
  why: 'restarter: there is no mode list',
  cure: expect.stringContaining('kdev up'),
};

it('a container that cannot list its files says why', async () => {
  const { signal } = new AbortController();
  await expect(listContainer({ ...place, signal }, ['/app'])).rejects.toMatchObject(refused);
});

it('a container that cannot pack its files fails the stream with why', async () => {
  const { signal } = new AbortController();
  await expect(text(packContainer({ ...place, signal }, ['/app/a']))).rejects.toMatchObject(refused);
});
