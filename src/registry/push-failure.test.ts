import { describe, expect, it } from 'vitest';
import { pushFailure } from './push-failure.ts';

const registry = { fromPods: 'reg.example:5000' };

describe('why a push failed', () => {
  it.each([
    [
      'unexpected status from PUT request to http://reg/v2/a/blobs: 507 Insufficient Storage',
      'registry-full',
      'kdev gc',
    ],
    ['write /var/lib/registry/x: no space left on device', 'registry-full', 'larger volume'],
    ['push access denied, repository does not exist', 'registry-refused', 'docker login reg.example:5000'],
    ['unexpected status from POST request: 401 Unauthorized', 'registry-refused', 'passwordEnv'],
    [
      'failed to do request: Head "https://reg": http: server gave HTTP response to HTTPS client',
      'registry-unreachable',
      'plainHttp: true',
    ],
    [
      'net/http: HTTP/1.x transport connection broken: malformed HTTP response',
      'registry-unreachable',
      'plainHttp: false',
    ],
    [
      'tls: failed to verify certificate: x509: certificate signed by unknown authority',
      'registry-unreachable',
      'insecure: true',
    ],
    ['dial tcp: lookup reg.example: no such host', 'registry-unreachable', 'set push'],
    ['dial tcp 10.0.0.1:5000: connect: connection refused', 'registry-unreachable', 'network policies'],
  ])('%s', (words, code, cure) => {
    expect(pushFailure(registry, words, false)).toMatchObject({
      code,
      why: words,
      cure: expect.stringContaining(cure) as string,
    });
  });

  it('believes a registry that says itself that it is full', () => {
    expect(pushFailure(registry, '500 Internal Server Error', true)).toMatchObject({ code: 'registry-full' });
  });

  it('says nothing where nothing is known', () => {
    expect(pushFailure(registry, '500 Internal Server Error', false)).toBeUndefined();
  });
});
