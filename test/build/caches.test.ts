import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BuildPlace, makeBuildPlace } from './build-place.ts';

let place: BuildPlace;

beforeAll(async () => {
  place = await makeBuildPlace('caches');
});
afterAll(() => place.remove());

/** What steps that really ran printed after a mark. */
const printed = (lines: readonly string[], mark: string) =>
  lines.flatMap((line) => (line.startsWith(mark) ? [line.slice(mark.length)] : []));

it('keeps cache mounts between builds', async () => {
  const dockerfile = (number: number) =>
    `FROM python:3.11-slim\nRUN --mount=type=cache,target=/cache echo "count:$(cat /cache/builds 2>/dev/null | wc -l)"; echo ${number} >> /cache/builds\n`;
  await place.write('Dockerfile', dockerfile(1));
  const { lines, steps } = await place.build();
  expect(printed(lines, 'count:'), [...steps, ...lines].join('\n')).toEqual(['0']);
  await place.write('Dockerfile', dockerfile(2));
  expect(printed((await place.build()).lines, 'count:')).toEqual(['1']);
});

it('begins with the layers of the image built last, in a builder that has none', async () => {
  await place.write(
    'Dockerfile',
    'FROM python:3.11-slim\nRUN echo "random:$(head -c 9 /dev/urandom | base64)"\nCOPY a /a\n',
  );
  await place.write('a', 'one');
  expect(printed((await place.build()).lines, 'random:')).toHaveLength(1);
  await emptyBuilder();
  await place.write('a', 'two');
  expect(printed((await place.build()).lines, 'random:')).toEqual([]);
});

it('brings the layers of all stages through the registry, with cache: true', async () => {
  await place.write(
    'Dockerfile',
    'FROM python:3.11-slim AS tools\nRUN echo "made:tool"; echo tool > /tool\nFROM python:3.11-slim\nCOPY --from=tools /tool /tool\nCOPY a /a\n',
  );
  await place.write('a', 'one');
  const cache = { own: true, from: [] };
  expect(printed((await place.build({ cache })).lines, 'made:')).toEqual(['tool']);
  await emptyBuilder();
  await place.write('a', 'two');
  expect(printed((await place.build({ cache })).lines, 'made:')).toEqual([]);
});

it('takes layers from an image that is named, and puts them to one', async () => {
  await place.write(
    'Dockerfile',
    'FROM python:3.11-slim AS tools\nRUN echo "made:other"; echo other > /tool\nFROM python:3.11-slim\nCOPY --from=tools /tool /tool\n',
  );
  const open = await place.registry.open({ reporter: { step: () => undefined, detail: () => undefined } });
  const name = `${open.registry.fromPods}/kdev/${place.project}-cache:main`;
  await place.build({ cache: { own: false, from: [], to: name } });
  await emptyBuilder();
  await place.write(
    'Dockerfile',
    'FROM python:3.11-slim AS tools\nRUN echo "made:other"; echo other > /tool\nFROM python:3.11-slim\nCOPY --from=tools /tool /elsewhere\n',
  );
  const { lines, steps } = await place.build({ cache: { own: false, from: [name, `${name}-none`] } });
  expect(printed(lines, 'made:'), [...steps, ...lines].join('\n')).toEqual([]);
});

/** Another builder with an empty cache: its pod has a volume of its own. */
async function emptyBuilder(): Promise<void> {
  const pod = await place.builderPod();
  await place.cluster.delete(
    { apiVersion: 'v1', kind: 'Pod', name: pod?.metadata.name ?? '', namespace: place.namespace },
    { gracePeriodSeconds: 0 },
  );
}
