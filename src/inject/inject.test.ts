import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ImageConfig } from '../core/ports/builder.ts';
import type { KubernetesObject } from '../core/ports/cluster.ts';
import type { Service } from '../core/service.ts';
import { eject } from './eject.ts';
import { type InjectOptions, inject } from './inject.ts';
import type { Container, PodSpec } from './pod-template.ts';
import { templateOf } from './pod-template.ts';

const images = { sidecar: 'kdev/sidecar@sha256:1', restarter: 'kdev/restarter@sha256:2' };

function service(extra: Partial<Service> = {}): Service {
  return {
    name: 'adder',
    workload: { kind: 'Deployment', name: 'adder' },
    mappings: [{ from: 'src', to: '/app/src', ignore: [], mirror: false }],
    restart: [],
    rebuild: [],
    ports: [],
    graceMs: 5000,
    gateWaitMs: 10_000,
    onCrash: 'hold',
    dependsOn: [],
    storage: 'auto',
    tests: [],
    ...extra,
  };
}

function imageConfig(extra: Partial<ImageConfig> = {}): ImageConfig {
  return { entrypoint: ['/serve'], command: ['--all'], user: '1000:1000', workingDir: '', env: [], ...extra };
}

function deployment(container: Partial<Container> = {}, pod: Partial<PodSpec> = {}): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'adder', namespace: 'shop' },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'adder' } },
      template: {
        metadata: { labels: { app: 'adder' } },
        spec: { ...pod, containers: [{ name: 'web', image: 'adder@sha256:3', ...container }] },
      },
    },
  };
}

function run(object: KubernetesObject, extra: Partial<InjectOptions> = {}) {
  const result = inject({
    object,
    targets: [{ service: service(), container: 'web' }],
    images,
    imageConfigs: { web: imageConfig() },
    secretName: 'kdev-deployment-adder',
    ...extra,
  });
  const { spec } = templateOf(result.object);
  const named = (name: string): Container => {
    const found = [...(spec.initContainers ?? []), ...spec.containers].find((item) => item.name === name);
    if (!found) throw new Error(`no container ${name}`);
    return found;
  };
  return { ...result, spec, named };
}

describe('the pod of an injected workload', () => {
  test('starts kdev-install, kdev-fill and kdev-sidecar in that order before the own init containers', () => {
    const { spec } = run(deployment({}, { initContainers: [{ name: 'migrate', image: 'x' }] }));
    expect(spec.initContainers?.map(({ name }) => name)).toEqual([
      'kdev-install',
      'kdev-fill',
      'kdev-sidecar',
      'migrate',
    ]);
  });

  test('shares one process namespace, except where it has the host’s', () => {
    expect(run(deployment()).spec.shareProcessNamespace).toBe(true);
    expect(run(deployment({}, { hostPID: true })).spec).not.toHaveProperty('shareProcessNamespace');
  });

  test('has an app without liveness and startup probes and with its readiness probe', () => {
    const probe = { httpGet: { port: 80 } };
    const { named } = run(deployment({ livenessProbe: probe, startupProbe: probe, readinessProbe: probe }));
    expect(named('web')).toMatchObject({ readinessProbe: probe });
    expect(named('web')).not.toHaveProperty('livenessProbe');
    expect(named('web')).not.toHaveProperty('startupProbe');
  });

  test('has a sidecar that is ready when the gates are open, asks for little and is not throttled', () => {
    expect(run(deployment()).named('kdev-sidecar')).toMatchObject({
      restartPolicy: 'Always',
      resources: { requests: { cpu: '10m', memory: '48Mi' } },
      readinessProbe: {
        exec: { command: ['/kdev/bin/restarter', 'ready', '/kdev/run/ready'] },
        periodSeconds: 1,
        failureThreshold: 1,
      },
    });
  });

  test('mounts three items of the Secret in the sidecar only', () => {
    const { spec, named } = run(deployment());
    const keys = spec.volumes?.find(({ name }) => name === 'kdev-keys') as { secret?: unknown } | undefined;
    expect(keys?.secret).toMatchObject({
      secretName: 'kdev-deployment-adder',
      items: [{ key: 'ssh-host-key' }, { key: 'authorized-keys' }, { key: 'term' }],
    });
    expect(named('kdev-sidecar').volumeMounts).toContainEqual({
      name: 'kdev-keys',
      mountPath: '/kdev-keys',
      readOnly: true,
    });
    expect(JSON.stringify(named('web'))).not.toContain('kdev-keys');
  });

  test('tells the agent its containers and the longest gate wait of the services', () => {
    const targets = [
      { service: service({ gateWaitMs: 1000 }), container: 'web' },
      { service: service({ name: 'other', gateWaitMs: 9000, mappings: [] }), container: 'worker' },
    ];
    const object = deployment();
    const spec = templateOf(object).spec as { containers: Container[] };
    spec.containers.push({
      name: 'worker',
      image: 'w',
      command: ['w'],
      securityContext: { runAsUser: 1000, runAsGroup: 1000 },
    });
    const { podConfig, named } = run(object, { targets });
    expect(podConfig).toEqual({
      gateWaitMs: 9000,
      containers: {
        web: { volumes: [{ path: '/app/src', dir: '/kdev-code/web/0' }] },
        worker: { volumes: [] },
      },
    });
    expect(JSON.parse(String(named('kdev-sidecar').env?.[0]?.['value']))).toEqual(podConfig);
  });

  test('leaves the selector and the labels alone', () => {
    const { object } = run(deployment());
    const spec = object['spec'] as { selector: unknown; template: { metadata: { labels: unknown } } };
    expect(spec.selector).toEqual({ matchLabels: { app: 'adder' } });
    expect(spec.template.metadata.labels).toEqual({ app: 'adder' });
  });

  test('is the same for the same inputs, so that a second up rolls nothing out', () => {
    const first = run(deployment()).object;
    expect(run(deployment()).object).toEqual(first);
    expect(run(first).object).toEqual(first);
  });
});

describe('the app’s command', () => {
  const cases: readonly [string, Partial<Container>, ImageConfig | undefined, readonly string[]][] = [
    ['the image’s ENTRYPOINT and CMD', {}, imageConfig(), ['/serve', '--all']],
    ['the manifest’s args in place of CMD', { args: ['--one'] }, imageConfig(), ['/serve', '--one']],
    ['the manifest’s command in place of both', { command: ['/own'] }, imageConfig(), ['/own']],
    ['the manifest’s command and args', { command: ['/own'], args: ['a'] }, undefined, ['/own', 'a']],
    ['only CMD of an image without ENTRYPOINT', {}, imageConfig({ entrypoint: [] }), ['--all']],
    [
      'an image’s dollar signs kept from Kubernetes’ expansion',
      {},
      imageConfig({ command: ['$(PORT)', '$HOME'] }),
      ['/serve', '$$(PORT)', '$$HOME'],
    ],
    [
      'a manifest’s $(NAME) left to Kubernetes',
      { command: ['/own', '$(PORT)'] },
      undefined,
      ['/own', '$(PORT)'],
    ],
  ];
  test.each(cases)('is %s', (_, container, image, expected) => {
    const { named } = run(deployment(container), { imageConfigs: { web: image } });
    expect(named('web').command).toEqual(['/kdev/bin/restarter', '--', ...expected]);
    expect(named('web')).not.toHaveProperty('args');
  });

  test('is what the restarter reported where nothing else tells', () => {
    const learned = { web: { uid: 7, gid: 8, argv: ['/usr/bin/app', 'x'] } };
    const { named } = run(deployment(), { imageConfigs: {}, learned });
    expect(named('web').command).toEqual(['/kdev/bin/restarter', '--', '/usr/bin/app', 'x']);
  });

  test('unknown is an error that says which line to add', () => {
    expect(() => run(deployment(), { imageConfigs: {} })).toThrow(
      expect.objectContaining({
        code: 'entrypoint-unknown',
        fault: 'user',
        cure: expect.stringContaining('command:') as string,
      }),
    );
  });
});

describe('the sidecar’s identity', () => {
  const cases: readonly [string, Partial<Container>, Partial<PodSpec>, ImageConfig, object][] = [
    [
      'is the container’s own',
      { securityContext: { runAsUser: 5, runAsGroup: 6 } },
      {},
      imageConfig(),
      { runAsUser: 5, runAsGroup: 6 },
    ],
    [
      'is the image’s numeric user',
      {},
      {},
      imageConfig({ user: '12:13' }),
      { runAsUser: 12, runAsGroup: 13 },
    ],
    [
      'guesses the group of the same number',
      {},
      {},
      imageConfig({ user: '12' }),
      { runAsUser: 12, runAsGroup: 12 },
    ],
    [
      'has no power at all for a non-root app, so that PodSecurity restricted admits it',
      {},
      { securityContext: { runAsNonRoot: true } },
      imageConfig(),
      {
        capabilities: { drop: ['ALL'] },
        allowPrivilegeEscalation: false,
        seccompProfile: { type: 'RuntimeDefault' },
      },
    ],
    [
      'takes over a container’s runAsNonRoot and seccomp profile',
      {
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'Localhost', localhostProfile: 'p' } },
      },
      {},
      imageConfig(),
      { runAsNonRoot: true, seccompProfile: { type: 'Localhost', localhostProfile: 'p' } },
    ],
    [
      'keeps what sshd needs where a root app drops everything',
      { securityContext: { capabilities: { drop: ['ALL'], add: ['CHOWN'] } } },
      {},
      imageConfig({ user: '' }),
      { runAsUser: 0, capabilities: { drop: ['ALL'], add: ['CHOWN', 'SYS_CHROOT', 'SETUID', 'SETGID'] } },
    ],
    [
      'has a root app’s own capabilities',
      { securityContext: { capabilities: { drop: ['MKNOD', 'SYS_CHROOT'], add: ['NET_ADMIN'] } } },
      {},
      imageConfig({ user: 'root' }),
      { runAsUser: 0, capabilities: { drop: ['MKNOD'], add: ['NET_ADMIN'] } },
    ],
    [
      'is privileged for a privileged app',
      { securityContext: { privileged: true } },
      {},
      imageConfig({ user: '0' }),
      { privileged: true },
    ],
  ];
  test.each(cases)('%s', (_, container, pod, image, expected) => {
    const { named } = run(deployment(container, pod), { imageConfigs: { web: image } });
    expect(named('kdev-sidecar').securityContext).toMatchObject(expected);
  });

  test('leaves a pod-wide user and seccomp profile where they are', () => {
    const pod = { securityContext: { runAsUser: 9, runAsGroup: 9, seccompProfile: { type: 'Unconfined' } } };
    const { securityContext } = run(deployment({}, pod)).named('kdev-sidecar');
    expect(securityContext).toEqual({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } });
  });

  test('is what was learned where the image names its user, and says so until then', () => {
    const image = { web: imageConfig({ user: 'app' }) };
    const before = run(deployment(), { imageConfigs: image });
    expect(before.problems.map(({ code }) => code)).toEqual(['identity-guessed']);
    const learned = { web: { uid: 70, gid: 71, argv: [] } };
    const after = run(deployment(), { imageConfigs: image, learned });
    expect(after.problems).toEqual([]);
    expect(after.named('kdev-sidecar').securityContext).toMatchObject({ runAsUser: 70, runAsGroup: 71 });
  });

  test('cannot be two users at once', () => {
    const object = deployment();
    const spec = templateOf(object).spec as { containers: Container[] };
    spec.containers.push({
      name: 'worker',
      command: ['w'],
      securityContext: { runAsUser: 2, runAsGroup: 2 },
    });
    const targets = ['web', 'worker'].map((container) => ({ service: service(), container }));
    expect(() => run(object, { targets })).toThrow(expect.objectContaining({ code: 'identity-conflict' }));
  });
});

describe('mapped directories', () => {
  test('of a non-root app are filled from the app’s image as its user and mounted by sub-path', () => {
    const securityContext = { runAsUser: 1000, readOnlyRootFilesystem: true };
    const { named, spec } = run(deployment({ securityContext, imagePullPolicy: 'Always' }));
    expect(named('kdev-fill')).toMatchObject({
      image: 'adder@sha256:3',
      imagePullPolicy: 'Always',
      command: ['/kdev/bin/restarter', 'fill', '--readable', '/app/src', '/kdev-code/web/0'],
      securityContext,
    });
    expect(named('web').volumeMounts).toContainEqual({
      name: 'kdev-code',
      mountPath: '/app/src',
      subPath: 'web/0',
    });
    expect(named('kdev-sidecar').volumeMounts).toContainEqual({ name: 'kdev-code', mountPath: '/kdev-code' });
    expect(spec.volumes).toContainEqual({ name: 'kdev-code', emptyDir: {} });
  });

  test('of a root app on a writable root stay on the container’s own layer', () => {
    const { spec, podConfig } = run(deployment(), { imageConfigs: { web: imageConfig({ user: '' }) } });
    expect(spec.volumes?.map(({ name }) => name)).toEqual(['kdev', 'kdev-keys']);
    expect(podConfig.containers).toEqual({ web: { volumes: [] } });
  });

  test('of a root app on a read-only root are served from a volume', () => {
    const object = deployment({ securityContext: { readOnlyRootFilesystem: true } });
    const { podConfig } = run(object, { imageConfigs: { web: imageConfig({ user: '' }) } });
    expect(podConfig.containers['web']?.volumes).toHaveLength(1);
  });

  const mappingsTo = (...targets: string[]) => [
    {
      service: service({ mappings: targets.map((to) => ({ from: '.', to, ignore: [], mirror: false })) }),
      container: 'web',
    },
  ];

  test('inside one another share the outer one’s volume', () => {
    const { podConfig } = run(deployment(), { targets: mappingsTo('/app/src', '/app', '/application') });
    expect(podConfig.containers['web']?.volumes.map(({ path }) => path)).toEqual(['/app', '/application']);
  });

  test('that are one file are served by their directory', () => {
    const { podConfig } = run(deployment(), {
      targets: mappingsTo('/app/settings.ini'),
      fileTargets: new Set(['/app/settings.ini']),
    });
    expect(podConfig.containers['web']?.volumes.map(({ path }) => path)).toEqual(['/app']);
  });

  test('may have a dollar sign in their names, which Kubernetes is kept from expanding', () => {
    const { named } = run(deployment(), { targets: mappingsTo('/app/$(X)') });
    expect(named('kdev-fill').command?.[3]).toBe('/app/$$(X)');
    expect(named('kdev-sidecar').env?.[0]?.['value']).toContain('/app/$$(X)');
  });

  test('on a volume of the person’s own need none of kdev’s', () => {
    const object = deployment({ volumeMounts: [{ name: 'data', mountPath: '/app/' }] });
    expect(run(object).podConfig.containers['web']?.volumes).toEqual([]);
  });

  test('on a read-only mount are a problem that says how to get rid of it', () => {
    const object = deployment({ volumeMounts: [{ name: 'c', mountPath: '/app', readOnly: true }] });
    expect(run(object).problems).toMatchObject([{ code: 'mapping-read-only', container: 'web' }]);
  });

  test.each(['/', '/etc', '/usr'])('over %s are refused', (path) => {
    expect(() => run(deployment(), { targets: mappingsTo(path) })).toThrow(
      expect.objectContaining({ code: 'mapping-not-mountable' }),
    );
  });
});

test.each<[string, Partial<Container>, Partial<PodSpec>]>([
  ['volume', {}, { volumes: [{ name: 'kdev', emptyDir: {} }] }],
  ['init container', {}, { initContainers: [{ name: 'kdev-sidecar' }] }],
  ['variable', { env: [{ name: 'KDEV_CONTAINER', value: 'x' }] }, {}],
  ['mount', { volumeMounts: [{ name: 'x', mountPath: '/kdev/' }] }, {}],
])('a %s with a name that kdev needs is refused before anything changes', (what, container, pod) => {
  expect(() => run(deployment(container, pod))).toThrow(
    expect.objectContaining({ code: 'name-reserved', what: expect.stringContaining(what) as string }),
  );
});

describe('eject', () => {
  const json = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>;
  const maybeList = (item: fc.Arbitrary<unknown>) =>
    fc.option(fc.oneof(fc.constant(null), fc.array(item, { maxLength: 3 })), { nil: undefined });
  const name = fc.stringMatching(/^[a-z]{1,8}$/).filter((text) => !text.startsWith('kdev'));
  const words = fc.option(
    fc.oneof(fc.constant(null), fc.array(fc.string(), { minLength: 1, maxLength: 3 })),
    { nil: undefined },
  );
  const path = fc.stringMatching(/^\/[a-z]{1,6}(\/[a-z]{1,6})?$/).filter((text) => !text.startsWith('/kdev'));
  const dropUndefined = <T extends object>(value: T): T =>
    Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
  const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

  const container = fc
    .record({
      image: fc.string(),
      command: words,
      args: words,
      env: maybeList(fc.record({ name, value: fc.string() })),
      volumeMounts: maybeList(fc.record({ name, mountPath: path, readOnly: fc.boolean() })),
      livenessProbe: optional(json),
      startupProbe: optional(json),
      readinessProbe: optional(json),
      securityContext: optional(
        fc.oneof(
          fc.constant(null),
          fc.record({ runAsUser: fc.constantFrom(0, 5), runAsGroup: fc.constantFrom(0, 5) }),
        ),
      ),
      whatever: optional(json),
    })
    .map((value) => ({ ...dropUndefined(value), name: 'web' }));
  const annotationsOf = optional(
    fc.oneof(fc.constant(null), fc.dictionary(name, fc.string(), { maxKeys: 3 })),
  );
  const metadata = fc
    .record({ annotations: annotationsOf, labels: annotationsOf, uid: optional(fc.string()) })
    .map(dropUndefined);
  const pod = fc
    .record({
      containers: fc
        .tuple(container, fc.record({ name: fc.constant('other'), more: json }))
        .map((two) => [...two]),
      initContainers: maybeList(fc.record({ name, image: fc.string() })),
      volumes: maybeList(fc.record({ name, emptyDir: fc.constant({}) })),
      imagePullSecrets: maybeList(fc.record({ name })),
      shareProcessNamespace: optional(fc.constantFrom(null, true, false)),
      hostPID: optional(fc.boolean()),
      more: optional(json),
    })
    .map(dropUndefined);
  const workload = fc
    .record({
      kind: fc.constantFrom('Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'Pod'),
      metadata,
      template: fc
        .record({ metadata: optional(fc.oneof(fc.constant(null), metadata)), spec: pod })
        .map(dropUndefined),
      replicas: fc.nat(),
    })
    .map(({ kind, metadata: own, template, replicas }) => {
      const head = { apiVersion: 'v1', kind, metadata: { ...own, name: 'adder' } };
      const spec = kind === 'Pod' ? template.spec : { replicas, template };
      return { ...head, spec } as unknown as KubernetesObject;
    });

  test('gives back exactly what was injected, whatever it was', () => {
    fc.assert(
      fc.property(
        workload,
        fc.constantFrom<Service['storage']>('auto', 'layer', 'volume'),
        fc.array(fc.oneof(name, fc.constant('kdev-pull-shop')), { maxLength: 2 }),
        (object, storage, pullSecrets) => {
          const before = structuredClone(object);
          const { object: injected } = run(object, {
            targets: [{ service: service({ storage }), container: 'web' }],
            learned: { web: { uid: 1, gid: 1, argv: ['/x'] } },
            imageRecords: { web: { inputs: 'abc' } },
            pullSecrets,
          });
          expect(object).toEqual(before);
          // As it would come back from a cluster.
          const stored = JSON.parse(JSON.stringify(injected)) as KubernetesObject;
          expect(eject(stored)).toStrictEqual(JSON.parse(JSON.stringify(before)));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('takes back the pull secrets that it added, and no other', () => {
    const secrets = (object: KubernetesObject) => templateOf(object).spec.imagePullSecrets;
    const own = deployment({}, { imagePullSecrets: [{ name: 'mine' }] });
    const { object } = run(own, { pullSecrets: ['mine', 'kdev-pull-shop'] });
    expect(secrets(object)).toEqual([{ name: 'mine' }, { name: 'kdev-pull-shop' }]);
    expect(secrets(eject(object))).toEqual([{ name: 'mine' }]);
    const { object: again } = run(object, { pullSecrets: ['kdev-pull-shop'] });
    expect(secrets(again)).toEqual([{ name: 'mine' }, { name: 'kdev-pull-shop' }]);
    expect(secrets(eject(run(deployment(), { pullSecrets: ['one'] }).object))).toBeUndefined();
  });

  test('leaves alone what was never injected', () => {
    const object = deployment();
    expect(eject(object)).toBe(object);
  });

  test('keeps what somebody else changed meanwhile', () => {
    const { object } = run(deployment());
    const spec = object['spec'] as Record<string, unknown>;
    const scaled = { ...object, spec: { ...spec, replicas: 5 } };
    expect(eject(scaled)['spec']).toEqual({ ...(deployment()['spec'] as object), replicas: 5 });
  });
});
