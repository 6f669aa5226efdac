import { expect, test } from 'vitest';
import { answerJson, startFakeApiServer } from '../../test/fakes/api-server.ts';
import { createApiClient } from './api-client.ts';
import { createCredentialStore } from './credentials.ts';
import { loadKubeconfig } from './kubeconfig.ts';

test('A47: a connection that was dropped while nobody used it is not used again', async () => {
  let connections = 0;
  const server = await startFakeApiServer({ answer: (_, response) => answerJson(response, 200, {}) });
  server.http.on('connection', () => {
    connections++;
  });
  try {
    const { copy } = await loadKubeconfig({ type: 'text', text: server.kubeconfig }, undefined);
    const credentials = createCredentialStore(copy);
    const client = createApiClient({ server: server.url, credentials });
    const ask = () =>
      client.json({ method: 'GET', path: '/', action: { verb: 'get', resource: 'pods', namespace: 'n' } });
    credentials.dropIdle();
    await ask();
    await ask();
    expect(connections).toBe(1);
    credentials.dropIdle();
    await ask();
    expect(connections).toBe(2);
  } finally {
    await server.close();
  }
});
