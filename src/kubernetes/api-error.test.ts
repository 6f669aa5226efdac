import { expect, test } from 'vitest';
import { type ApiStatus, answeredError, readStatus, unreachableError } from './api-error.ts';

const action = { verb: 'patch', resource: 'deployments', name: 'web', namespace: 'shop' };
const server = 'https://c:6443';
const errorOf = (httpStatus: number, status: ApiStatus) =>
  answeredError({ action, server, httpStatus, status });

test('a refusal by RBAC names user, verb, resource and namespace, and how to check', () => {
  const message =
    'deployments.apps "web" is forbidden: User "jane" cannot patch resource "deployments" in API group "apps" in the namespace "shop"';
  expect(errorOf(403, { message })).toMatchObject({
    code: 'cluster-forbidden',
    fault: 'environment',
    what: 'User jane may not patch deployments in namespace shop.',
    cure: expect.stringContaining('kubectl auth can-i patch deployments.apps -n shop') as string,
  });
});

test('a refusal cluster-wide says so', () => {
  const message =
    'namespaces is forbidden: User "jane" cannot list resource "namespaces" in API group "" at the cluster scope';
  expect(errorOf(403, { message }).what).toBe('User jane may not list namespaces in the whole cluster.');
});

test('a refusal by admission is the object’s fault, in the API server’s words', () => {
  const message = 'pods "web" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true';
  expect(errorOf(403, { message })).toMatchObject({
    code: 'cluster-rejected',
    fault: 'user',
    why: `The API server says: ${message}`,
  });
});

const codes: readonly [number, string, string][] = [
  [400, 'bad', 'cluster-rejected'],
  [401, 'Unauthorized', 'cluster-unauthorized'],
  [404, 'not found', 'cluster-rejected'],
  [409, 'conflict', 'cluster-conflict'],
  [422, 'invalid', 'cluster-rejected'],
  [429, 'too many', 'cluster-failed'],
  [500, 'boom', 'cluster-failed'],
  [
    500,
    'failed to create typed patch object (a/b): .spec.x: field not declared in schema',
    'cluster-rejected',
  ],
  [503, 'etcd is away', 'cluster-failed'],
];
test.each(codes)('HTTP %i "%s" is %s', (httpStatus, message, code) => {
  expect(errorOf(httpStatus, { message }).code).toBe(code);
});

const failures: readonly [number, string, RegExp][] = [
  [400, 'bad', /manifest/],
  [401, 'Unauthorized', /Log in/],
  [403, 'pods "web" is forbidden: exceeded quota', /manifest/],
  [403, 'violates PodSecurity "restricted"', /securityContext/],
  [404, 'the server could not find the requested resource', /kubectl api-resources \| grep deployments/],
  [409, 'conflict', /kubectl -n shop get deployments web -o yaml --show-managed-fields/],
  [500, 'boom', /readyz/],
];
test.each(failures)(
  'HTTP %i "%s" names verb, resource and namespace, and says what to do',
  (code, message, cure) => {
    const error = errorOf(code, { message });
    expect(`${error.what} ${error.why}`).toContain('patch deployments web in namespace shop');
    expect(error.why).toContain(message);
    expect(error.cure).toMatch(cure);
  },
);

test('an answer that is no Status, a proxy’s page perhaps, is quoted', () => {
  const status = readStatus('<html>Bad Gateway</html>\n');
  expect(errorOf(502, status).why).toContain('<html>Bad Gateway</html>');
});

test('silence is told with the address and the reason', () => {
  const cause = Object.assign(new AggregateError([Object.assign(new Error(), { code: 'ECONNREFUSED' })]));
  expect(unreachableError({ action, server, cause })).toMatchObject({
    code: 'cluster-unreachable',
    what: 'The API server at https://c:6443 does not answer.',
    why: 'The connection was refused (while trying to patch deployments web in namespace shop).',
  });
});
