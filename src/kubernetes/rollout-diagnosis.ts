import { KdevError } from '../core/error.ts';
import { podLayout } from '../core/pod-layout.ts';
import type { Cluster, KubernetesObject } from '../core/ports/cluster.ts';
import type { Pod } from './pod.ts';
import { type PodTrouble, troubleOf } from './pod-trouble.ts';
import { replicaFailureOf } from './rollout-state.ts';
import { type Warning, warningsAbout } from './warnings.ts';
import { presentPods } from './workload-pods.ts';

/** Why a rollout does not get on. */
export interface Diagnosis {
  /** How long this may last before it counts as final, ms: some things put themselves right. */
  readonly patienceMs: number;
  readonly text: string;
  readonly error: () => KdevError;
}

/** Pulls that fail like this will fail again. */
const finalPullWords =
  /not found|manifest unknown|unauthorized|denied|forbidden|no basic auth|invalid reference|InvalidImageName|ErrImageNeverPull|gave HTTP response to HTTPS/i;

const patienceMs = {
  pull: 15_000,
  /** A cluster that adds nodes by itself takes a while to begin. */
  schedule: 20_000,
  /** A Secret or volume that is applied a moment later. */
  config: 8_000,
  crash: 10_000,
} as const;

/** Looks at the workload's present pods and what the cluster says about them; `undefined` while all seems well. */
export async function diagnose(cluster: Cluster, workload: KubernetesObject): Promise<Diagnosis | undefined> {
  const { pods, maker } = await presentPods(cluster, workload);
  for (const pod of pods) {
    const trouble = troubleOf(pod);
    if (trouble) return diagnoseTrouble(cluster, pod, trouble);
  }
  const refusal =
    replicaFailureOf(workload) ?? (pods.length === 0 ? await creationFailure(cluster, maker) : undefined);
  if (refusal !== undefined) return refused(workload, refusal);
  for (const pod of pods) {
    if (isReady(pod)) continue;
    const warning = (await warningsAbout(cluster, pod)).find((about) => !isGate(about));
    if (warning) return unready(pod, warning);
  }
  return undefined;
}

async function diagnoseTrouble(cluster: Cluster, pod: Pod, trouble: PodTrouble): Promise<Diagnosis> {
  const name = pod.metadata.name;
  const text = `pod ${name}: ${trouble.text}`;
  switch (trouble.kind) {
    case 'image': {
      const words = /cannot be pulled: \w+BackOff$/.test(trouble.text)
        ? await pullEvent(cluster, pod)
        : undefined;
      const why = `${words === undefined ? trouble.text : `${trouble.text}: ${words}`}.`;
      const final = finalPullWords.test(why);
      return { patienceMs: final ? 0 : patienceMs.pull, text, error: () => imageError(name, why) };
    }
    case 'unschedulable':
      return { patienceMs: patienceMs.schedule, text, error: () => unschedulableError(name, trouble.text) };
    case 'crash':
      return {
        patienceMs: trouble.attempts >= 3 ? 0 : patienceMs.crash,
        text,
        error: () => notReadyError(name, trouble.text),
      };
    case 'config':
    case 'ended':
      return { patienceMs: patienceMs.config, text, error: () => notReadyError(name, trouble.text) };
    default:
      return trouble.kind satisfies never;
  }
}

async function pullEvent(cluster: Cluster, pod: Pod): Promise<string | undefined> {
  const warnings = await warningsAbout(cluster, pod);
  return warnings.find(({ message }) => message.startsWith('Failed to pull image'))?.message;
}

async function creationFailure(cluster: Cluster, maker: KubernetesObject): Promise<string | undefined> {
  const warnings = await warningsAbout(cluster, maker);
  return warnings.find(({ reason }) => reason === 'FailedCreate')?.message;
}

function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/** The sidecar says "not ready" on purpose while a gate is shut. */
function isGate({ container, reason }: Warning): boolean {
  return container === podLayout.sidecarContainer && reason === 'Unhealthy';
}

function unready(pod: Pod, { reason, message }: Warning): Diagnosis {
  const text = `${reason}: ${message}`;
  return {
    patienceMs: Number.POSITIVE_INFINITY,
    text: `pod ${pod.metadata.name}: ${text}`,
    error: () => notReadyError(pod.metadata.name, text),
  };
}

function refused(workload: KubernetesObject, words: string): Diagnosis {
  const title = `${workload.kind} ${workload.metadata.name}`;
  return {
    patienceMs: patienceMs.config,
    text: `${title}: its pods are refused: ${words}`,
    error: () =>
      new KdevError({
        code: 'cluster-rejected',
        fault: 'user',
        what: `The cluster refuses the pods of ${title}.`,
        why: `The API server says: ${words}`,
        cure: words.includes('PodSecurity')
          ? 'Correct the securityContext in the manifest, or use a namespace with a weaker pod-security level.'
          : 'Correct what it names in the manifest or the namespace.',
      }),
  };
}

function imageError(pod: string, why: string): KdevError {
  return new KdevError({
    code: 'image-pull-failed',
    fault: 'environment',
    what: `Pod ${pod} cannot get its image.`,
    why,
    cure: 'Correct the image name, make the registry reachable from the nodes, or add an image pull secret.',
  });
}

function unschedulableError(pod: string, why: string): KdevError {
  return new KdevError({
    code: 'pod-unschedulable',
    fault: 'environment',
    what: `No node takes pod ${pod}.`,
    why: `It ${why}.`,
    cure: 'Lower what the pod requests, relax its node selector or tolerations, or add a node.',
  });
}

function notReadyError(pod: string, why: string): KdevError {
  return new KdevError({
    code: 'pod-not-ready',
    fault: 'environment',
    what: `Pod ${pod} does not become ready.`,
    why: /[.!?]$/.test(why) ? why : `${why}.`,
    cure: `See its log with "kdev logs", and "kubectl describe pod ${pod}".`,
  });
}
