import { describe, expect, it } from 'vitest';
import { buildFailure, type FailureFacts } from './build-failure.ts';

function failure(facts: Partial<FailureFacts>) {
  return buildFailure({
    service: 'web',
    dockerfile: 'app/Dockerfile',
    platform: 'linux/amd64',
    failed: undefined,
    lines: [],
    ...facts,
  });
}
const step = (name: string, error: string, lastLines: string[] = []) => ({ name, error, lastLines });

describe('buildFailure', () => {
  it('names a base image that does not exist, and its line', () => {
    const error = failure({
      failed: step('[internal] load metadata for docker.io/library/python:9', 'not found'),
      lines: [
        'Dockerfile:3',
        '--------------------',
        '   3 | >>> FROM python:9',
        '--------------------',
        'error: failed to solve: python:9: failed to resolve source metadata for docker.io/library/python:9: docker.io/library/python:9: not found',
      ],
    });
    expect(error).toMatchObject({ code: 'base-image-missing', fault: 'user', where: 'app/Dockerfile:3' });
    expect(error.what).toContain('python:9');
  });

  it('tells a registry that cannot be reached from an image that does not exist', () => {
    const error = failure({
      lines: [
        'error: failed to solve: a.b/c:1: failed to resolve source metadata for a.b/c:1: failed to do request: Head "https://a.b/v2/": dial tcp: lookup a.b: no such host',
      ],
    });
    expect(error).toMatchObject({ code: 'base-image-unreachable', fault: 'environment' });
  });

  it.each([
    [
      'a registry that wants another login',
      'registry-login-refused',
      {},
      'r.io/a:1: failed to resolve source metadata for r.io/a:1: failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized',
    ],
    [
      'a base image of other processors',
      'base-image-platform',
      { platform: 'linux/arm64' },
      'a:1: failed to resolve source metadata for docker.io/library/a:1: no match for platform in manifest: not found',
    ],
    [
      'a frontend that is not there',
      'frontend-missing',
      {
        failed: step(
          'resolve image config for docker-image://docker.io/docker/dockerfile:1-labs',
          'not found',
        ),
      },
      'docker.io/docker/dockerfile:1-labs: not found',
    ],
  ])('tells %s', (_, code, facts, reason) => {
    expect(failure({ ...facts, lines: [`error: failed to solve: ${reason}`] })).toMatchObject({
      code,
      fault: 'user',
      why: reason,
    });
  });

  it('says that the builder cannot run programs of another processor', () => {
    const failed = step('[2/2] RUN make', 'exit code: 255', ['exec /bin/sh: exec format error']);
    expect(failure({ platform: 'linux/arm64', failed })).toMatchObject({
      code: 'platform-cannot-run',
      why: 'exec /bin/sh: exec format error',
    });
  });

  it.each([
    ['dockerfile parse error on line 7: unknown instruction: FOO', 'app/Dockerfile:7'],
    ['target stage "nope" could not be found', 'app/Dockerfile'],
    ['file with no instructions', 'app/Dockerfile'],
  ])('says that %j is the Dockerfile’s fault', (reason, where) => {
    const error = failure({ lines: [`error: failed to solve: ${reason}`] });
    expect(error).toMatchObject({ code: 'dockerfile-invalid', fault: 'user', why: reason, where });
  });

  it('shows the step that failed with its last lines', () => {
    const error = failure({
      failed: step('[dev 2/4] RUN pip install x', 'exit code: 1', ['Collecting x', 'ERROR: no x']),
      lines: ['Dockerfile:5', '   5 | >>> RUN pip install x', 'error: failed to solve: exit code: 1'],
    });
    expect(error).toMatchObject({ code: 'build-failed', fault: 'user', where: 'app/Dockerfile:5' });
    expect(error.what).toContain('[dev 2/4] RUN pip install x');
    expect(error.why).toBe('exit code: 1\nIts last lines:\nCollecting x\nERROR: no x');
  });

  it('does not blame the Dockerfile when the builder ends', () => {
    const reason =
      'failed to receive status: rpc error: code = Unavailable desc = error reading from server: EOF';
    expect(failure({ lines: [`error: failed to solve: ${reason}`] })).toMatchObject({
      code: 'builder-lost',
      fault: 'environment',
    });
  });

  it('explains a file that is not in the context', () => {
    const said = 'failed to calculate checksum of ref abc::def: "/nope": not found';
    const error = failure({
      failed: step('[2/2] COPY nope /', said),
      lines: [`error: failed to solve: ${said}`],
    });
    expect(error.why).toContain('"/nope" is not in the build context');
  });

  it('does not blame the Dockerfile when the push fails', () => {
    const error = failure({ failed: step('exporting to image', 'failed to push: connection refused') });
    expect(error).toMatchObject({ code: 'registry-refused-push', fault: 'environment' });
  });
});
