import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { answerJson, type FakeApiServer, startFakeApiServer } from '../../test/fakes/api-server.ts';
import { createCluster } from './cluster.ts';

type Answer = (response: ServerResponse) => void;

let server: FakeApiServer;
/** The answers to the requests for the log, one after the other. */
let answers: Answer[];
let requests: URLSearchParams[];
/** `c1`, `c2` after one restart; empty before there is a container. */
let containerIds: string[];
let phase: string;
/** The pod has been deleted. */
let gone: boolean;

beforeEach(async () => {
  answers = [];
  requests = [];
  containerIds = ['c1'];
  phase = 'Running';
  gone = false;
  server = await startFakeApiServer({
    answer: (request, response) => {
      const url = new URL(String(request.url), 'http://x');
      const missing = { message: 'pods "p" not found', code: 404 };
      if (!url.pathname.endsWith('/log')) {
        if (gone) return answerJson(response, 404, missing);
        const containerID = containerIds.length > 1 ? containerIds.shift() : containerIds[0];
        return answerJson(response, 200, {
          status: {
            phase,
            containerStatuses: [
              {
                name: 'c',
                ...(containerID && { containerID, restartCount: Number(containerID.slice(1)) - 1 }),
              },
            ],
          },
        });
      }
      requests.push(url.searchParams);
      const answer = answers.shift();
      gone = answer === undefined;
      if (answer) answer(response);
      else answerJson(response, 404, missing);
    },
  });
});
afterEach(() => server.close());

const at = (second: number, line: string): string => `2026-01-01T00:00:0${second}.5Z ${line}\n`;
const says =
  (...lines: string[]): Answer =>
  (response) =>
    response.end(lines.join(''));
const breaksOffAfter =
  (...lines: string[]): Answer =>
  (response) => {
    response.write(lines.join(''), () => setImmediate(() => response.destroy()));
  };

async function read(follow: boolean): Promise<readonly string[]> {
  const cluster = await createCluster({ kubeconfig: { type: 'text', text: server.kubeconfig } });
  const lines: string[] = [];
  const options = { namespace: 'n', pod: 'p', container: 'c', follow, tail: 5 };
  for await (const batch of cluster.logs(options)) lines.push(...batch.map(({ line }) => line));
  return lines;
}

test('a log that breaks off is gone on with from a second before its last line, each line once', async () => {
  answers = [
    breaksOffAfter(at(1, 'a'), at(2, 'b'), '2026-01-01T00:00:02.6Z hal'),
    says(at(2, 'b'), at(2, 'half')),
  ];
  expect(await read(true)).toEqual(['a', 'b', 'half']);
  expect(requests[0]?.get('tailLines')).toBe('5');
  expect(requests[1]?.get('tailLines')).toBeNull();
  expect(requests[1]?.get('sinceTime')).toBe('2026-01-01T00:00:01Z');
});

test('the last words of a container that ended while the link was down come before its successor’s', async () => {
  containerIds = ['c1', 'c2'];
  answers = [breaksOffAfter(at(1, 'a')), says(at(1, 'a'), at(2, 'last words')), says(at(3, 'new'))];
  expect(await read(true)).toEqual(['a', 'last words', 'new']);
  expect(requests[1]?.get('previous')).toBe('true');
});

test('a first container that came and ended between two looks is heard too', async () => {
  containerIds = ['', 'c2'];
  const waiting: Answer = (response) =>
    answerJson(response, 400, { message: 'container "c" in pod "p" is waiting to start', code: 400 });
  answers = [waiting, says(at(1, 'all its words')), says(at(3, 'new'))];
  expect(await read(true)).toEqual(['all its words', 'new']);
  expect(requests[1]?.get('previous')).toBe('true');
  expect(requests[1]?.get('tailLines')).toBe('5');
});

test('a container that is about to start is waited for', async () => {
  const waiting: Answer = (response) =>
    answerJson(response, 400, {
      message: 'container "c" in pod "p" is waiting to start: PodInitializing',
      code: 400,
    });
  answers = [waiting, waiting, says(at(1, 'a'))];
  expect(await read(true)).toEqual(['a']);
});

test('a pod that its kubelet has not heard of yet is waited for', async () => {
  const unknown: Answer = (response) =>
    answerJson(response, 404, { message: 'the server could not find the requested resource', code: 404 });
  answers = [unknown, unknown, says(at(1, 'a'))];
  expect(await read(true)).toEqual(['a']);
});

test('what the kubelet writes into a log that it cannot read is no line of it', async () => {
  const chatter = says('failed to try resolving symlinks in path "/var/log/pods/x"\n');
  answers = [chatter, says(at(1, 'a'))];
  expect(await read(true)).toEqual(['a']);
  answers = [chatter];
  await expect(read(false)).rejects.toMatchObject({
    code: 'cluster-failed',
    why: expect.stringContaining('resolving symlinks') as string,
  });
});

test('following ends when the pod has ended', async () => {
  phase = 'Succeeded';
  answers = [says(at(1, 'a'))];
  expect(await read(true)).toEqual(['a']);
  expect(requests).toHaveLength(1);
});

test('empty lines and letters cut by the network stay what they are', async () => {
  const bytes = Buffer.from(`2026-01-01T00:00:01Z \n${at(2, 'ä')}`);
  const cut = bytes.indexOf(0xc3) + 1;
  answers = [
    (response) => {
      response.write(bytes.subarray(0, cut), () => setImmediate(() => response.end(bytes.subarray(cut))));
    },
  ];
  expect(await read(false)).toEqual(['', 'ä']);
});
