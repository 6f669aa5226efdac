import { nearestName } from '../core/did-you-mean.ts';
import { KdevError } from '../core/error.ts';
import type { KubernetesObject } from '../core/ports/cluster.ts';
import type { Service } from '../core/service.ts';
import { podSpecOf, workloadKinds } from './workload.ts';

/**
 * A service's workload among the rendered objects, and its container: the named one, else the only one, else the one
 * called like the service.
 *
 * @throws `workload-unknown`, `container-unknown`: both list what there is
 */
export function selectWorkload(options: {
  readonly objects: readonly KubernetesObject[];
  readonly service: Service;
}): { readonly object: KubernetesObject; readonly container: string } {
  const { objects, service } = options;
  const { kind, name } = service.workload;
  const object = objects.find((candidate) => candidate.kind === kind && candidate.metadata.name === name);
  if (object === undefined) throw workloadUnknown(objects, service);
  return { object, container: selectContainer(object, service) };
}

function selectContainer(object: KubernetesObject, service: Service): string {
  const names = (podSpecOf(object)?.containers ?? []).map(({ name }) => name);
  const wanted = service.container;
  if (wanted !== undefined && names.includes(wanted)) return wanted;
  const [only] = names;
  if (wanted === undefined && only !== undefined && names.length === 1) return only;
  if (wanted === undefined && names.includes(service.name)) return service.name;
  const title = `${object.kind} ${object.metadata.name}`;
  throw new KdevError({
    code: 'container-unknown',
    fault: 'user',
    what:
      wanted === undefined
        ? `Service "${service.name}" does not say which container of ${title} it is.`
        : `Service "${service.name}" names the container "${wanted}", which ${title} does not have.`,
    why: names.length === 0 ? 'It has no containers.' : `Its containers are: ${names.join(', ')}.`,
    cure: `Set "container" of service "${service.name}" to ${nearestName(wanted ?? service.name, names) ?? 'one of them'}.`,
  });
}

function workloadUnknown(objects: readonly KubernetesObject[], service: Service): KdevError {
  const { kind, name } = service.workload;
  const workloads = objects.filter((object) => workloadKinds.has(object.kind));
  const present = workloads.map((object) => `${object.kind} ${object.metadata.name}`);
  const nearest = nearestName(
    name,
    workloads.map(({ metadata }) => metadata.name),
  );
  const meant = workloads.find(({ metadata }) => metadata.name === nearest);
  return new KdevError({
    code: 'workload-unknown',
    fault: 'user',
    what: `Service "${service.name}" names ${kind} ${name}, which is not among the rendered manifests.`,
    why:
      present.length === 0
        ? 'The manifests of this environment hold no workload at all.'
        : `They hold: ${present.join(', ')}.`,
    cure: `Set "workload" of service "${service.name}" to ${meant ? `${meant.kind.toLowerCase()}/${nearest}` : 'one of them'}, or add it to the manifests.`,
  });
}
