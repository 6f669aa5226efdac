import { describe, expect, it } from 'vitest';
import { pullFailure } from './pull-failure.ts';

const registry = { fromNodes: 'reg:5000', fromPods: 'reg:5000', fromHere: 'reg:5000', plainHttp: true };
const node = 'worker-1';

// As containerd words them.
const words = {
  http: 'failed to resolve reference "reg:5000/a": failed to do request: Head "https://reg:5000/v2/a": http: server gave HTTP response to HTTPS client',
  certificate:
    'failed to do request: Head "https://reg:5000/v2/a": tls: failed to verify certificate: x509: certificate signed by unknown authority',
  password: 'failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized',
  name: 'failed to do request: Head "https://reg:5000/v2/a": dial tcp: lookup reg on 10.0.0.1:53: no such host',
  refused:
    'failed to do request: Head "http://localhost:30000/v2/a": dial tcp 127.0.0.1:30000: connect: connection refused',
  late: 'dial tcp 10.0.0.1:5000: i/o timeout',
  other: 'reg:5000/kdev/pull-test@sha256:1: not found',
};

describe('why a node cannot pull', () => {
  it.each([
    [words.http, 'server = "http://reg:5000"', false],
    [words.certificate, 'trust the authority', false],
    [words.password, 'pullSecret', false],
    [words.name, 'Nodes do not know the name reg:5000', true],
    [words.refused, 'See that the nodes can reach reg:5000', true],
    [words.late, 'See that the nodes can reach reg:5000', true],
    [words.other, 'another registry than the one pushed to', false],
    ['it exploded', 'configure another one', false],
  ])('%s', (said, cure, passing) => {
    const verdict = pullFailure({ registry, source: 'advertised', node, words: said });
    expect(verdict.error).toMatchObject({
      code: 'registry-pull-failed',
      what: 'The node worker-1 cannot pull from the registry reg:5000.',
      why: `A test pull failed: ${said}.`,
      cure: expect.stringContaining(cure) as string,
    });
    expect(verdict.passing).toBe(passing);
  });

  it.each([words.refused, words.http, words.other])(
    'says of kdev’s own registry what to configure: %s',
    (said) => {
      const { error } = pullFailure({ registry, source: 'own', node, words: said });
      expect(error.cure).toContain('kube-proxy in IPVS');
      expect(error.cure).toContain('registry: { push, pull }');
    },
  );
});
