import { annotations, type PodConfig, podLayout, restarterEnv, secretKeys } from '../core/pod-layout.ts';
import type { ImageConfig } from '../core/ports/builder.ts';
import type { KubernetesObject } from '../core/ports/cluster.ts';
import { appCommand } from './app-command.ts';
import { checkNames } from './check-names.ts';
import { codeVolumes, usesVolume } from './code-volumes.ts';
import { eject } from './eject.ts';
import { fillContainer, installContainer, kdevVolumes, sidecarContainer } from './kdev-containers.ts';
import { keep, keepUnlessThere } from './kept.ts';
import type { Learned } from './learned.ts';
import { type Container, type PodTemplate, templateOf, withTemplate } from './pod-template.ts';
import type { InjectProblem } from './problem.ts';
import { addedPullSecrets, withPullSecrets } from './pull-secrets.ts';
import { installSecurity, sidecarSecurity } from './security.ts';
import { type App, appsOf, type InjectTarget, leadingApp } from './target.ts';
import type { Undo, UndoContainer } from './undo.ts';

export interface InjectOptions {
  /** The workload as rendered, its images already replaced by the built ones. */
  readonly object: KubernetesObject;
  /** The services of this workload, each with its container. */
  readonly targets: readonly InjectTarget[];
  /** What a node pulls. */
  readonly images: { readonly sidecar: string; readonly restarter: string };
  /** By container; from kdev's own builds or the registry, absent where unknown. */
  readonly imageConfigs: Readonly<Record<string, ImageConfig | undefined>>;
  /** By container; from `readLearned` of the workload in the cluster. @default nothing */
  readonly learned?: Learned;
  readonly secretName: string;
  /** Container paths of mappings whose `from` is one file. @default none */
  readonly fileTargets?: ReadonlySet<string>;
  /** Names of Secrets that the nodes pull the images with. @default none */
  readonly pullSecrets?: readonly string[];
  /** By container: what is to be remembered of the image kdev built, any JSON. @default nothing */
  readonly imageRecords?: Readonly<Record<string, unknown>>;
}

export interface Injected {
  readonly object: KubernetesObject;
  readonly podConfig: PodConfig;
  readonly problems: readonly InjectProblem[];
}

/**
 * What a workload needs for developing. Pure and deterministic: equal inputs give an equal object, and nothing of a
 * session is in it, so that a second `up` rolls nothing out. `eject` is its exact inverse; an injected object is
 * ejected first.
 *
 * @throws `entrypoint-unknown`, `mapping-not-mountable`, `identity-conflict`, `name-reserved`
 */
export function inject(options: InjectOptions): Injected {
  const object = eject(options.object);
  const learned = options.learned ?? {};
  const template = templateOf(object);
  const apps = appsOf(template.spec, options.targets, options.imageConfigs, learned);
  const lead = leadingApp(apps, object);
  checkNames(object, template.spec.containers);

  const problems: InjectProblem[] = [];
  const prepared = apps.map((app) => prepare(app, options, object, problems));
  const podConfig: PodConfig = {
    gateWaitMs: Math.max(...options.targets.map(({ service }) => service.gateWaitMs)),
    containers: Object.fromEntries(
      prepared.map(({ app, volumes }) => [app.container.name, { volumes: [...volumes] }]),
    ),
  };
  problems.push(...identityProblems(lead, template));

  const pullSecrets = addedPullSecrets(template.spec, options.pullSecrets ?? []);
  const undo = undoOf({ object, template, apps, pullSecrets });
  const injected = withTemplate(
    object,
    injectTemplate({ options, template, prepared, lead, podConfig, pullSecrets }),
  );
  const marks = {
    [annotations.undo]: JSON.stringify(undo),
    ...(Object.keys(learned).length > 0 && { [annotations.learned]: JSON.stringify(learned) }),
    ...(options.imageRecords && { [annotations.images]: JSON.stringify(options.imageRecords) }),
  };
  const metadata = {
    ...injected.metadata,
    annotations: { ...injected.metadata.annotations, ...marks },
  };
  return { object: { ...injected, metadata }, podConfig, problems };
}

interface Prepared {
  readonly app: App;
  readonly container: Container;
  readonly volumes: readonly { readonly path: string; readonly dir: string }[];
}

/** The app container as it starts under the restarter. */
function prepare(
  app: App,
  options: InjectOptions,
  object: KubernetesObject,
  problems: InjectProblem[],
): Prepared {
  const { container, services } = app;
  const command = appCommand({
    container,
    image: app.image,
    learned: options.learned?.[container.name],
    workload: `${object.kind} ${object.metadata.name}`,
  });
  const targets = services
    .filter((service) => usesVolume(service, container, app.identity))
    .flatMap((service) => service.mappings.map(({ to }) => to));
  const code = codeVolumes({ container, targets, fileTargets: options.fileTargets ?? new Set() });
  problems.push(...code.problems);
  const { args: _args, livenessProbe: _liveness, startupProbe: _startup, ...rest } = container;
  const env = [
    { name: restarterEnv.container, value: container.name },
    { name: restarterEnv.onCrash, value: services[0]?.onCrash ?? 'hold' },
  ];
  const mounts = [
    { name: podLayout.sharedVolume, mountPath: podLayout.sharedDir },
    ...code.volumes.map(({ path, dir }) => ({
      name: podLayout.codeVolume,
      mountPath: path,
      subPath: dir.slice(podLayout.codeDir.length + 1),
    })),
  ];
  return {
    app,
    volumes: code.volumes,
    container: {
      ...rest,
      command: [podLayout.restarterBinary, '--', ...command],
      env: [...(container.env ?? []), ...env],
      volumeMounts: [...(container.volumeMounts ?? []), ...mounts],
    },
  };
}

function injectTemplate(parts: {
  readonly options: InjectOptions;
  readonly template: PodTemplate;
  readonly prepared: readonly Prepared[];
  readonly lead: App;
  readonly podConfig: PodConfig;
  readonly pullSecrets: readonly string[];
}): PodTemplate {
  const { options, template, prepared, lead, podConfig, pullSecrets } = parts;
  const { spec } = template;
  const filled = prepared.filter(({ volumes }) => volumes.length > 0);
  const withCode = filled.length > 0;
  const security = sidecarSecurity(spec, lead.container, lead.identity);
  const initContainers = [
    installContainer(options.images.restarter, installSecurity(spec, lead.container, lead.identity)),
    ...filled.map(({ app, volumes }, index) => fillContainer(app.container, index, volumes)),
    sidecarContainer({ image: options.images.sidecar, security, podConfig, withCode }),
  ];
  const volumes = kdevVolumes({
    secretName: options.secretName,
    secretItems: [secretKeys.hostKey, secretKeys.authorizedKeys, secretKeys.term],
    privateKeys: lead.identity.uid === 0,
    withCode,
  });
  const services = options.targets.map(({ service }) => service.name).sort();
  const byName = new Map(prepared.map(({ container }) => [container.name, container]));
  return {
    ...template,
    metadata: {
      ...template.metadata,
      annotations: { ...template.metadata?.annotations, [annotations.services]: JSON.stringify(services) },
    },
    spec: {
      ...spec,
      // Kubernetes refuses both; with the host's process namespace the apps see each other anyway.
      ...(spec.hostPID !== true && { shareProcessNamespace: true }),
      ...withPullSecrets(spec, pullSecrets),
      volumes: [...(spec.volumes ?? []), ...volumes],
      initContainers: [...initContainers, ...(spec.initContainers ?? [])],
      containers: spec.containers.map((container) => byName.get(container.name) ?? container),
    },
  };
}

function undoOf(parts: {
  readonly object: KubernetesObject;
  readonly template: PodTemplate;
  readonly apps: readonly App[];
  readonly pullSecrets: readonly string[];
}): Undo {
  const { object, template, apps, pullSecrets } = parts;
  const { spec } = template;
  const own = object.kind === 'Pod' ? undefined : keepUnlessThere(object.metadata, 'annotations');
  const metadata = keepUnlessThere(template, 'metadata');
  const marks = keepUnlessThere(template.metadata ?? {}, 'annotations');
  const volumes = keepUnlessThere(spec, 'volumes');
  const initContainers = keepUnlessThere(spec, 'initContainers');
  const imagePullSecrets = keepUnlessThere(spec, 'imagePullSecrets');
  return {
    version: 1,
    metadata: { ...(own && { annotations: own }) },
    template: { ...(metadata && { metadata }), ...(marks && { annotations: marks }) },
    spec: {
      ...(volumes && { volumes }),
      ...(initContainers && { initContainers }),
      ...(pullSecrets.length > 0 && { pullSecrets, ...(imagePullSecrets && { imagePullSecrets }) }),
      shareProcessNamespace: keep(spec, 'shareProcessNamespace'),
    },
    containers: Object.fromEntries(apps.map(({ container }) => [container.name, undoContainer(container)])),
  };
}

function undoContainer(container: Container): UndoContainer {
  const env = keepUnlessThere(container, 'env');
  const volumeMounts = keepUnlessThere(container, 'volumeMounts');
  return {
    command: keep(container, 'command'),
    args: keep(container, 'args'),
    livenessProbe: keep(container, 'livenessProbe'),
    startupProbe: keep(container, 'startupProbe'),
    ...(env && { env }),
    ...(volumeMounts && { volumeMounts }),
  };
}

function identityProblems(lead: App, template: PodTemplate): readonly InjectProblem[] {
  const { container, identity } = lead;
  const problems: InjectProblem[] = [];
  if (!identity.certain) {
    const guess = identity.uid === undefined ? 'nobody in particular' : `${identity.uid}:${identity.gid}`;
    problems.push({
      code: 'identity-guessed',
      container: container.name,
      message: `Which user container "${container.name}" runs as is not certain before it runs; the sidecar starts as ${guess}.`,
      cure: 'Set runAsUser and runAsGroup in its securityContext to spare a second rollout.',
    });
  }
  if (template.spec.hostNetwork === true) {
    problems.push({
      code: 'host-network',
      container: container.name,
      message: `The pod uses the node's network: two replicas on one node cannot both listen on port ${podLayout.sshPort}.`,
      cure: 'Take  hostNetwork: true  from the manifest of this environment, or run one replica.',
    });
  }
  return problems;
}
