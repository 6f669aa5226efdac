import { describe, expect, it } from 'vitest';
import { baseImages } from './base-images.ts';

const digest = `sha256:${'a'.repeat(64)}`;

function namesOf(dockerfile: string, options: { target?: string; args?: Record<string, string> } = {}) {
  const { images, unknown } = baseImages({ dockerfile, platform: 'linux/arm64/v8', ...options });
  return [...images.map(({ familiar }) => familiar), ...unknown.map((name) => `? ${name}`)];
}

describe('the images that a build takes from', () => {
  it.each<[title: string, dockerfile: string, expected: string[]]>([
    ['FROM', 'FROM python:3.11-slim', ['python:3.11-slim']],
    ['COPY --from', 'FROM scratch\nCOPY --from=Foo.example/Bar:V1 / /', ['? Foo.example/Bar:V1']],
    ['COPY --from with a tag in capitals', 'FROM scratch\nCOPY --from=foo/bar:V1 / /', ['foo/bar:V1']],
    [
      'RUN --mount',
      'FROM a\nRUN --mount=from=ghcr.io/b/c,target=/c ls /c\nRUN --mount=type=cache,target=/x,from=base ls',
      ['a', 'ghcr.io/b/c'],
    ],
    [
      'other spellings of one',
      'FROM docker.io/library/a:latest\nCOPY --from=index.docker.io/library/a / /',
      ['a'],
    ],
    ['a registry with a port', 'FROM localhost:5000/a:1', ['localhost:5000/a:1']],
    [
      'a frontend of somebody else',
      '# syntax=docker/dockerfile:1-labs\nFROM one',
      ['docker/dockerfile:1-labs', 'one'],
    ],
    ['the frontend that the builder has', '# syntax=docker/dockerfile:1\nFROM one', ['one']],
    [
      'variables',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a Dockerfile's way to write a default
      'ARG A=one\nARG B\nFROM $A\nCOPY --from=${B:-two}:3 / /\nCOPY --from=x-$B / /',
      ['one', 'two:3', '? x-*'],
    ],
    ['the platform', 'FROM x-$TARGETARCH', ['x-arm64']],
  ])('%s', (_, dockerfile, expected) => {
    expect(namesOf(dockerfile)).toEqual(expected);
  });

  it('of the target only, through the stages that it is made of', () => {
    const dockerfile = 'FROM a AS one\nFROM b AS two\nFROM one AS three\nCOPY --from=c / /\nFROM d';
    expect(namesOf(dockerfile, { target: 'three' })).toEqual(['a', 'c']);
    expect(namesOf(dockerfile)).toEqual(['d']);
  });

  it('without stages, scratch, and what is pinned already', () => {
    const dockerfile = `FROM scratch AS one\nFROM a@${digest} AS two\nFROM one\nCOPY --from=two / /\nCOPY --from=0 / /`;
    expect(namesOf(dockerfile)).toEqual([]);
  });

  it('with the arguments of the build', () => {
    expect(namesOf('ARG BASE=a\nFROM $BASE', { args: { BASE: 'b:2' } })).toEqual(['b:2']);
  });
});
