import { expect, test } from 'vitest';
import type { KubernetesObject } from '../core/ports/cluster.ts';
import type { Service } from '../core/service.ts';
import { imageName, replaceImage } from './replace-image.ts';
import { selectWorkload } from './select-workload.ts';
import { podSpecOf } from './workload.ts';

function deployment(name: string, ...containers: string[]): KubernetesObject {
  const spec = { containers: containers.map((container) => ({ name: container, image: `${container}:1` })) };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas: 2, template: { spec } },
  };
}

function service(extra: Partial<Service>): Service {
  return {
    name: 'web',
    workload: { kind: 'Deployment', name: 'shop' },
    mappings: [],
    restart: [],
    rebuild: [],
    ports: [],
    graceMs: 0,
    gateWaitMs: 0,
    onCrash: 'hold',
    dependsOn: [],
    storage: 'auto',
    tests: [],
    ...extra,
  };
}

const chosen: readonly [string, KubernetesObject, Partial<Service>, string][] = [
  ['the named container', deployment('shop', 'a', 'b'), { container: 'b' }, 'b'],
  ['the only container', deployment('shop', 'a'), {}, 'a'],
  ['the one called like the service', deployment('shop', 'a', 'web'), {}, 'web'],
];
test.each(chosen)('a service is %s', (_, object, extra, container) => {
  const objects = [deployment('other', 'x'), object];
  expect(selectWorkload({ objects, service: service(extra) })).toEqual({ object, container });
});

test('a workload that is not there is an error that lists those there are', () => {
  const objects = [
    deployment('front', 'a'),
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'shop' } },
  ];
  expect(() => selectWorkload({ objects, service: service({}) })).toThrow(
    expect.objectContaining({ code: 'workload-unknown', fault: 'user', why: 'They hold: Deployment front.' }),
  );
});

test.each([
  ['is not there', { container: 'c' }],
  ['is not named among several', {}],
])('a container that %s is an error that lists those there are', (_, extra) => {
  const objects = [deployment('shop', 'a', 'b')];
  expect(() => selectWorkload({ objects, service: service(extra) })).toThrow(
    expect.objectContaining({ code: 'container-unknown', fault: 'user', why: 'Its containers are: a, b.' }),
  );
});

test.each([
  ['app', 'app'],
  ['app:1', 'app'],
  ['registry:5000/team/app', 'registry:5000/team/app'],
  ['registry:5000/team/app:1@sha256:ab', 'registry:5000/team/app'],
  ['registry:5000/team/app@sha256:ab', 'registry:5000/team/app'],
])('the name of image %s is %s', (reference, name) => {
  expect(imageName(reference)).toBe(name);
});

test('a built image takes the other’s place in init containers, jobs and cron jobs too, and nowhere else', () => {
  const spec = {
    initContainers: [{ name: 'migrate', image: 'shop/app' }],
    containers: [
      { name: 'web', image: 'shop/app:latest' },
      { name: 'proxy', image: 'shop/app-proxy:1' },
    ],
  };
  const cron: KubernetesObject = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'c' },
    spec: { schedule: '* * * * *', jobTemplate: { spec: { template: { spec } } } },
  };
  const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } };
  const options = { image: 'shop/app', reference: 'r/app@sha256:1' };
  const [replaced, untouched] = replaceImage([cron, config], options);
  expect(replaced && podSpecOf(replaced)).toEqual({
    initContainers: [{ name: 'migrate', image: 'r/app@sha256:1' }],
    containers: [
      { name: 'web', image: 'r/app@sha256:1' },
      { name: 'proxy', image: 'shop/app-proxy:1' },
    ],
  });
  expect(replaced?.['spec']).toMatchObject({ schedule: '* * * * *' });
  expect(untouched).toBe(config);
});
