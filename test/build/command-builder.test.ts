import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../kubernetes/test-cluster.ts';
import { type BuildPlace, makeBuildPlace } from './build-place.ts';

let place: BuildPlace;
let mirror: string;

beforeAll(async () => {
  place = await makeBuildPlace('command');
  const open = await place.registry.open({ reporter: { step: () => undefined, detail: () => undefined } });
  mirror = open.mirrors[0] ?? '';
});
afterAll(() => place.remove());

/** Copies an image of the mirror to the registry under `$KDEV_IMAGE`, as any builder would push one. */
const push = `
import json, os, urllib.request as web
host, _, rest = os.environ['KDEV_IMAGE'].partition('/')
repository, _, tag = rest.rpartition(':')
types = 'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json'
def ask(method, url, data=None, headers={}):
    return web.urlopen(web.Request(url, data=data, method=method, headers=headers))
source = 'http://MIRROR/v2/library/python'
answer = ask('GET', source + '/manifests/3.11-slim', headers={'Accept': types})
kind, manifest = answer.headers['Content-Type'], answer.read()
parts = json.loads(manifest)
for digest in [parts['config']['digest'], *(layer['digest'] for layer in parts['layers'])]:
    blob = ask('GET', source + '/blobs/' + digest).read()
    where = ask('POST', f'http://{host}/v2/{repository}/blobs/uploads/', b'').headers['Location']
    ask('PUT', where + ('&' if '?' in where else '?') + 'digest=' + digest, blob, {'Content-Type': 'application/octet-stream'})
ask('PUT', f'http://{host}/v2/{repository}/manifests/{tag}', manifest, {'Content-Type': kind})
print('pushed', len(parts['layers']), 'layers')
print(os.environ['KDEV_IMAGE'])
`;

it('takes the image that another builder pushed and named, and asks it again only when its inputs change', async () => {
  await place.write('push.py', push.replace('MIRROR', mirror));
  const command = ['python3', 'push.py'];
  const { image, lines } = await place.build({ command });
  expect(lines[0]).toMatch(/^pushed \d+ layers$/);
  expect(image).toMatchObject({ built: true, reference: expect.stringMatching(/@sha256:[0-9a-f]{64}$/) });
  expect((await place.build({ command })).image).toMatchObject({ built: false, digest: image.digest });
});

it('tells it what to build', async () => {
  const told = path.join(place.root, '.told');
  await place.write('.dockerignore', '.*\n');
  const build = {
    ...{
      context: 'app',
      dockerfile: 'docker/App',
      target: 'dev',
      platform: 'linux/arm64',
      args: { A: 'one two' },
    },
    command: `env | grep ^KDEV_ | sort > ${told}; echo docker.io/library/none:1`,
  };
  await place.write('app/a', '');
  await expect(place.build(build)).rejects.toThrow();
  const env = Object.fromEntries(
    (await readFile(told, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => line.split(/=(.*)/s)),
  );
  expect(env).toMatchObject({
    KDEV_PROJECT: place.project,
    KDEV_SERVICE: 'web',
    KDEV_CONTEXT: path.join(place.root, 'app'),
    KDEV_DOCKERFILE: path.join(place.root, 'docker/App'),
    KDEV_TARGET: 'dev',
    KDEV_PLATFORM: 'linux/arm64',
    KDEV_BUILD_ARGS: '{"A":"one two"}',
    KDEV_TAG: expect.stringMatching(/^[0-9a-f]{32}$/),
    KDEV_IMAGE: expect.stringMatching(new RegExp(`^\\S+/kdev/${place.project}-web:[0-9a-f]{32}$`)),
  });
});

it('shows the last lines of one that fails', async () => {
  await expect(place.build({ command: 'echo the reason >&2; exit 3' })).rejects.toMatchObject({
    code: 'build-failed',
    fault: 'user',
    why: expect.stringMatching(/exit code 3[\s\S]*the reason/),
  });
  expect(place.said.lines).toEqual(['the reason']);
});

it.each([
  ['prints nothing', 'true', /no name of an image/],
  ['prints something else', 'echo Done.', /no name of an image/],
])('says so when it %s', async (_, command, why) => {
  await expect(place.build({ command })).rejects.toMatchObject({
    code: 'build-command-image',
    fault: 'user',
    why: expect.stringMatching(why),
  });
});

it('says so when the image that it names is not there', async () => {
  const { registry } = await place.registry.open({
    reporter: { step: () => undefined, detail: () => undefined },
  });
  await expect(place.build({ command: `echo ${registry.fromHere}/kdev/none:1` })).rejects.toMatchObject({
    code: 'build-command-image',
    why: expect.stringContaining('does not have it'),
  });
});

it('ends with everything that it started when the build is cancelled', async () => {
  const seconds = `${200_000 + process.pid}`;
  const abort = new AbortController();
  const building = place.build(
    { command: `sleep ${seconds} & echo $! > .pid; wait` },
    { signal: abort.signal },
  );
  building.catch(() => undefined);
  const pid = await until(
    async () => (await readFile(path.join(place.root, '.pid'), 'utf8').catch(() => '')).trim() || undefined,
  );
  abort.abort(new Error('somebody changed their mind'));
  await expect(building).rejects.toThrow('somebody changed their mind');
  await until(() =>
    stat(`/proc/${pid}`).then(
      () => undefined,
      () => true,
    ),
  );
});
