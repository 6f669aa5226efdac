import { annotations } from '../core/pod-layout.ts';
import type { KubernetesObject } from '../core/ports/cluster.ts';
import { putBack, takeOut } from './kept.ts';
import { isOurs } from './ours.ts';
import { type Container, type PodTemplate, templateOf, withTemplate } from './pod-template.ts';
import type { Undo, UndoContainer } from './undo.ts';

/**
 * The workload as it was before `inject`; an object that was never injected comes back as it is. What somebody else
 * changed meanwhile stays changed.
 */
export function eject(object: KubernetesObject): KubernetesObject {
  const record = object.metadata.annotations?.[annotations.undo];
  if (record === undefined) return object;
  const undo = JSON.parse(record) as Undo;
  const metadata = takeOut(object.metadata, 'annotations', undo.metadata.annotations, isOurs.annotation);
  const unmarked = { ...object, metadata };
  return withTemplate(unmarked, ejectTemplate(templateOf(unmarked), undo));
}

function ejectTemplate(template: PodTemplate, undo: Undo): PodTemplate {
  let spec = template.spec;
  spec = takeOut(spec, 'volumes', undo.spec.volumes, isOurs.volume);
  spec = takeOut(spec, 'initContainers', undo.spec.initContainers, isOurs.initContainer);
  const added = new Set(undo.spec.pullSecrets);
  spec = takeOut(spec, 'imagePullSecrets', undo.spec.imagePullSecrets, (name) => added.has(name));
  spec = putBack(spec, 'shareProcessNamespace', undo.spec.shareProcessNamespace);
  const containers = spec.containers.map((container) => {
    const known = undo.containers[container.name];
    return known ? ejectContainer(container, known) : container;
  });
  const metadata = takeOut(
    template.metadata ?? {},
    'annotations',
    undo.template.annotations,
    isOurs.templateAnnotation,
  );
  const ejected = { ...template, metadata, spec: { ...spec, containers } };
  const kept = undo.template.metadata;
  return kept && Object.keys(metadata).length === 0 ? putBack(ejected, 'metadata', kept) : ejected;
}

function ejectContainer(container: Container, undo: UndoContainer): Container {
  let plain = container;
  for (const field of ['command', 'args', 'livenessProbe', 'startupProbe'] as const) {
    plain = putBack(plain, field, undo[field]);
  }
  plain = takeOut(plain, 'env', undo.env, isOurs.env);
  return takeOut(plain, 'volumeMounts', undo.volumeMounts, isOurs.mount);
}
