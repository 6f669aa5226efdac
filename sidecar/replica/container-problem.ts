import type { PodContainer } from '../../src/core/pod-layout.ts';
import type { ContainerProblem } from '../../src/core/replica-facts.ts';
import { whyRootIsClosed } from '../restarters/process-facts.ts';
import type { Registration } from '../restarters/registration.ts';

/** Why a container that has registered cannot be served; undefined when it can. */
export function containerProblem(
  { container: name, fingerprint, incarnation }: Registration,
  journalled: string | undefined,
  container: PodContainer,
): ContainerProblem | undefined {
  if (journalled !== undefined && journalled !== fingerprint) {
    const message =
      `The journal of container ${name} belongs to the image ${journalled.slice(0, 12)}, but the container was ` +
      `started from ${fingerprint.slice(0, 12)}. Its gate stays shut; the pod has to be replaced.`;
    return { code: 'other-image', message };
  }
  // A container whose code is on volumes does not depend on its root.
  if (container.volumes.length > 0) return undefined;
  const closed = whyRootIsClosed(incarnation.pid);
  return closed === undefined ? undefined : { code: 'root-not-accessible', message: closed };
}
