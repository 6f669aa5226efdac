import type { Identity } from './identity.ts';
import type { Container, ContainerSecurity, PodSpec } from './pod-template.ts';

/** What sshd needs as uid 0, to shed privileges and to log a session in. */
const sshdCapabilities = ['SYS_CHROOT', 'SETUID', 'SETGID'];
/** Any uid but 0 will do where the app's own is not known yet. */
const anyNonRootUid = 65_532;

const copied = ['runAsNonRoot', 'seLinuxOptions', 'seccompProfile', 'appArmorProfile'] as const;

/**
 * The sidecar's security context: the app's identity, because the kernel lets a process into `/proc/<pid>/root` when
 * uid and gid are equal and its capabilities include the target's. A uid-0 app therefore needs a sidecar with the same
 * capabilities; any other has none, and so has its sidecar, which also satisfies PodSecurity `restricted`.
 */
export function sidecarSecurity(pod: PodSpec, app: Container, identity: Identity): ContainerSecurity {
  const base = baseSecurity(pod, app, identity);
  if (identity.nonRoot) return { ...base, ...powerless(pod, app) };
  const own = app.securityContext ?? {};
  if (own.privileged === true) return { ...base, privileged: true };
  const drop = (own.capabilities?.drop ?? []).filter((name) => !sshdCapabilities.includes(bare(name)));
  const add = [...(own.capabilities?.add ?? [])];
  if (drop.some((name) => bare(name) === 'ALL')) {
    for (const name of sshdCapabilities) if (!add.some((have) => bare(have) === name)) add.push(name);
  }
  if (add.length === 0 && drop.length === 0) return base;
  return {
    ...base,
    capabilities: { ...(add.length > 0 && { add }), ...(drop.length > 0 && { drop }) },
  };
}

/** The init container that only copies a file: the same identity, no power at all. */
export function installSecurity(pod: PodSpec, app: Container, identity: Identity): ContainerSecurity {
  return { ...baseSecurity(pod, app, identity), ...powerless(pod, app) };
}

function baseSecurity(pod: PodSpec, app: Container, identity: Identity): ContainerSecurity {
  const security: Record<string, unknown> = {};
  for (const field of copied) {
    const value = app.securityContext?.[field];
    if (value !== undefined && value !== null) security[field] = value;
  }
  const podUser = pod.securityContext?.runAsUser;
  const uid = identity.uid ?? (identity.nonRoot ? anyNonRootUid : undefined);
  if (uid !== undefined && uid !== podUser) security['runAsUser'] = uid;
  if (identity.gid !== undefined && identity.gid !== pod.securityContext?.runAsGroup) {
    security['runAsGroup'] = identity.gid;
  }
  return security;
}

function powerless(pod: PodSpec, app: Container): ContainerSecurity {
  const chosen = app.securityContext?.seccompProfile ?? pod.securityContext?.seccompProfile;
  return {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    ...((chosen === undefined || chosen === null) && { seccompProfile: { type: 'RuntimeDefault' } }),
  };
}

function bare(capability: string): string {
  return capability.replace(/^CAP_/, '');
}
