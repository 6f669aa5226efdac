import { randomBytes } from 'node:crypto';
import { pause, systemClock } from '../core/clock.ts';
import { managedLabels } from '../core/managed-labels.ts';
import type { Cluster, KubernetesObject } from '../core/ports/cluster.ts';
import type { Registry, RegistryRequest, RegistrySource } from '../core/ports/registry.ts';
import { pushProbeImage } from './probe-image.ts';
import { type PullVerdict, pullFailure } from './pull-failure.ts';
import { statusOf, whyNotReady } from './why-not-ready.ts';

const pollMs = 150;
/** From the pod's making to a verdict; a node that has to be found or woken may take it. */
const verdictMs = 60_000;
/** Node ports and DNS names take a moment to come into being. */
const tries = 3;
const pauseMs = 1_500;

const imageReasons = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ImageInspectError',
  'RegistryUnavailable',
]);

export interface ProveOptions {
  readonly cluster: Cluster;
  readonly request: RegistryRequest;
  readonly registry: Registry;
  readonly source: RegistrySource;
  /** Path that repositories begin with, `team/`; may be empty. */
  readonly prefix: string;
  readonly namespace: string;
  readonly project: string;
  /** Name of a Secret of that namespace. */
  readonly pullSecret?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Has a node pull a tiny new image in the app's namespace, as the app's own pod will.
 *
 * @throws KdevError `registry-pull-failed`; what pushing the image throws; those of the cluster; the signal's reason.
 */
export async function provePull(options: ProveOptions): Promise<void> {
  const { prefix, registry, request, signal } = options;
  const repository = `${prefix}kdev/pull-test`;
  const digest = await pushProbeImage(request, repository, signal);
  const image = `${registry.fromNodes}/${repository}@${digest}`;
  for (let attempt = 1; ; attempt++) {
    const verdict = await pullOnce(options, image);
    if (verdict === undefined) return;
    if (!verdict.passing || attempt === tries) throw verdict.error;
    await pause(systemClock, pauseMs, signal);
    signal?.throwIfAborted();
  }
}

async function pullOnce(options: ProveOptions, image: string): Promise<PullVerdict | undefined> {
  const { cluster, namespace, registry, signal, source } = options;
  const pod = probePod(options, image);
  const reference = { apiVersion: 'v1', kind: 'Pod', name: pod.metadata.name, namespace };
  await cluster.create(pod);
  try {
    const deadline = performance.now() + verdictMs;
    for (;;) {
      signal?.throwIfAborted();
      const now = await cluster.get(reference);
      const { nodeName = '?' } = (now?.['spec'] ?? {}) as { readonly nodeName?: string };
      const verdict = now && verdictOf(now);
      if (verdict?.pulled) return undefined;
      const late = performance.now() > deadline;
      const words =
        verdict?.words ?? (late ? ((now && whyNotReady(now)) ?? 'nothing was heard of it') : undefined);
      if (words !== undefined) return pullFailure({ registry, source, node: nodeName, words });
      await pause(systemClock, pollMs, signal);
      signal?.throwIfAborted();
    }
  } finally {
    await cluster.delete(reference, { gracePeriodSeconds: 0 });
  }
}

/** The image holds no program: a container that could not be started has been pulled. */
function verdictOf(pod: KubernetesObject): { readonly pulled: boolean; readonly words?: string } {
  const { containerStatuses = [] } = statusOf(pod);
  const [{ state, imageID = '' } = {}] = containerStatuses;
  const { message = '', reason = '' } = state?.waiting ?? {};
  if (imageReasons.has(reason)) {
    return message === '' ? { pulled: false } : { pulled: false, words: pullWords(message) };
  }
  return {
    pulled: imageID !== '' || state?.terminated !== undefined || /^(Run|Create)Container/.test(reason),
  };
}

/** What the container runtime said, without the layers that it and the kubelet wrap around that. */
function pullWords(message: string): string {
  return message
    .trim()
    .replace(/\s*\n\s*/g, ' / ')
    .replace(/^Back-off pulling image "[^"]*":? ?/, '')
    .replace(/^ErrImagePull: /, '')
    .replace(/^rpc error: code = \w+ desc = /, '')
    .replace(/^failed to pull and unpack image "[^"]*": /, '')
    .slice(0, 600);
}

function probePod({ namespace, project, pullSecret }: ProveOptions, image: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `kdev-pull-test-${randomBytes(4).toString('hex')}`,
      namespace,
      labels: managedLabels(project),
    },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 0,
      ...(pullSecret !== undefined && { imagePullSecrets: [{ name: pullSecret }] }),
      // Whatever the namespace enforces, this may run.
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'pull',
          image,
          imagePullPolicy: 'Always',
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          resources: { requests: { cpu: '1m', memory: '4Mi' }, limits: { cpu: '100m', memory: '16Mi' } },
        },
      ],
    },
  };
}
