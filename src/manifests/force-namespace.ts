import type { KubernetesObject } from '../core/ports/cluster.ts';

/** Kinds of every cluster that live in no namespace. A custom one is put right when it is applied. */
const clusterWide = new Set([
  'APIService',
  'CSIDriver',
  'CSINode',
  'CertificateSigningRequest',
  'ClusterRole',
  'ClusterRoleBinding',
  'ClusterTrustBundle',
  'CustomResourceDefinition',
  'DeviceClass',
  'FlowSchema',
  'IPAddress',
  'IngressClass',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
  'MutatingWebhookConfiguration',
  'Namespace',
  'Node',
  'PersistentVolume',
  'PriorityClass',
  'PriorityLevelConfiguration',
  'ResourceSlice',
  'RuntimeClass',
  'ServiceCIDR',
  'StorageClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
  'VolumeAttachment',
  'VolumeAttributesClass',
]);

interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/**
 * Puts every object into one namespace, whatever it says, and the role bindings' subjects with them: a service
 * account that is among the objects is meant, not one that has the same name elsewhere.
 */
export function forceNamespace(
  objects: readonly KubernetesObject[],
  namespace: string,
): readonly KubernetesObject[] {
  const accounts = new Set(
    objects.filter(({ kind }) => kind === 'ServiceAccount').map(({ metadata }) => metadata.name),
  );
  return objects.map((object) => {
    const moved = clusterWide.has(object.kind)
      ? object
      : { ...object, metadata: { ...object.metadata, namespace } };
    const subjects = moved['subjects'];
    if (!object.kind.endsWith('RoleBinding') || !Array.isArray(subjects)) return moved;
    return {
      ...moved,
      subjects: (subjects as Subject[]).map((subject) =>
        subject.kind === 'ServiceAccount' && accounts.has(subject.name) ? { ...subject, namespace } : subject,
      ),
    };
  });
}
