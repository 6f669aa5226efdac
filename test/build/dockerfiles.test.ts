import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BuildPlace, makeBuildPlace } from './build-place.ts';

let place: BuildPlace;
const foreign = process.arch === 'arm64' ? 'linux/amd64' : 'linux/arm64';
const own = process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64';

beforeAll(async () => {
  place = await makeBuildPlace('dockerfiles');
});
afterAll(() => place.remove());

it('builds for another processor what runs no program there', async () => {
  await place.write('Dockerfile', 'FROM scratch\nARG TARGETARCH\nENV ARCH=$TARGETARCH\nCOPY a /a\n');
  await place.write('a', 'one');
  const { image } = await place.build({ platform: foreign });
  expect(image.config.env).toContain(`ARCH=${foreign.split('/')[1]}`);
});

it('builds one image for several processors', async () => {
  const platform = `${own},${foreign}`;
  const { image } = await place.build({ platform });
  const open = await place.registry.open({ reporter: { step: () => undefined, detail: () => undefined } });
  const path = `kdev/${place.project}-web/manifests/${image.digest}`;
  const index = (await (await open.request('GET', path)).json()) as {
    readonly manifests: readonly {
      readonly platform: { readonly os: string; readonly architecture: string };
    }[];
  };
  expect(index.manifests.map((each) => `${each.platform.os}/${each.platform.architecture}`)).toEqual(
    expect.arrayContaining([own, foreign]),
  );
  expect((await place.build({ platform })).image).toMatchObject({ built: false, digest: image.digest });
});

it('says that a step cannot run on another processor', async () => {
  await place.write(
    'Dockerfile',
    `FROM python:3.11-slim AS tools\nFROM scratch\nCOPY --from=tools / /\nRUN ["/usr/bin/env"]\n`,
  );
  await place.write(
    'Dockerfile',
    `FROM --platform=$BUILDPLATFORM python:3.11-slim AS tools\nRUN printf '\\177ELF\\002\\001\\001' > /program && printf '\\000%.0s' $(seq 200) >> /program && chmod +x /program\nFROM scratch\nCOPY --from=tools /program /program\nRUN ["/program"]\n`,
  );
  await expect(place.build({ platform: foreign })).rejects.toMatchObject({
    code: 'platform-cannot-run',
    fault: 'user',
    what: expect.stringContaining(foreign),
  });
});

it('takes a syntax line of Dockerfile 1.x for its own, without fetching anything', async () => {
  await place.write(
    'Dockerfile',
    '# syntax=docker/dockerfile:1.7\nFROM scratch\nCOPY <<-WORD /word\n\there\nWORD\n',
  );
  expect((await place.build()).image.built).toBe(true);
});

it('says so when the frontend that a syntax line names cannot be fetched', async () => {
  await place.write('Dockerfile', '# syntax=docker/dockerfile:1-labs\nFROM scratch\n');
  await expect(place.build()).rejects.toMatchObject({
    code: 'frontend-missing',
    fault: 'user',
    what: expect.stringContaining('docker/dockerfile:1-labs'),
  });
});

it('builds the target that is named, and says when there is none of that name', async () => {
  await place.write('Dockerfile', 'FROM scratch AS one\nENV STAGE=one\nFROM scratch AS two\nENV STAGE=two\n');
  expect((await place.build({ target: 'one' })).image.config.env).toContain('STAGE=one');
  await expect(place.build({ target: 'three' })).rejects.toMatchObject({
    code: 'dockerfile-invalid',
    why: expect.stringContaining('three'),
  });
});
