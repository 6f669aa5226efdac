import { KdevError } from '../core/error.ts';
import type { Registry, RegistrySource } from '../core/ports/registry.ts';

/** Why a node could not pull, and whether trying again may help. */
export interface PullVerdict {
  readonly error: KdevError;
  readonly passing: boolean;
}

/**
 * What the words of a node's container runtime mean for somebody who has to configure something.
 *
 * @param words one line, as the kubelet tells it
 */
export function pullFailure(options: {
  readonly registry: Registry;
  readonly source: RegistrySource;
  readonly node: string;
  readonly words: string;
}): PullVerdict {
  const { node, registry, source, words } = options;
  const { fromNodes } = registry;
  const sign = signs.find(({ test }) => test.test(words));
  const cure =
    sign?.own && source === 'own'
      ? sign.own
      : (sign?.cure(fromNodes) ??
        `Make ${fromNodes} a registry that nodes can pull from, or configure another one as registry in dev.config.ts.`);
  return {
    passing: sign?.passing ?? false,
    error: new KdevError({
      code: 'registry-pull-failed',
      fault: 'environment',
      what: `The node ${node} cannot pull from the registry ${fromNodes}.`,
      why: `A test pull failed: ${words.replace(/\.$/, '')}.`,
      cure,
    }),
  };
}

interface Sign {
  readonly test: RegExp;
  readonly cure: (host: string) => string;
  /** For kdev's own registry, where there is nothing to correct in its own settings. */
  readonly own?: string;
  readonly passing: boolean;
}

const noNodePort =
  "Nodes do not reach kdev's own registry by a node port on localhost here (kube-proxy in IPVS or nftables mode, a network without kube-proxy, IPv6 only): configure a registry that they reach as registry: { push, pull } in dev.config.ts.";

const signs: readonly Sign[] = [
  {
    test: /server gave HTTP response to HTTPS client|first record does not look like a TLS handshake/i,
    cure: (host) =>
      `The registry speaks plain http and the nodes expect https: have their container runtime trust it (containerd: /etc/containerd/certs.d/${host}/hosts.toml with server = "http://${host}"), or set pull of registry in dev.config.ts to a name that they trust.`,
    own: noNodePort,
    passing: false,
  },
  {
    test: /x509|certificate/i,
    cure: (host) =>
      `Have the nodes' container runtime trust the authority that signed the certificate of ${host}, or give the registry one that they trust.`,
    passing: false,
  },
  {
    test: /\b401\b|\b403\b|unauthorized|forbidden|no basic auth|authorization failed|denied/i,
    cure: (host) =>
      `Name a Secret of type kubernetes.io/dockerconfigjson that may pull from ${host} as pullSecret of registry in dev.config.ts, or set its username and passwordEnv.`,
    own: "Something else than kdev's registry answers there, or its Secret was changed: delete the Deployment and the Secret kdev-registry and run kdev up again.",
    passing: false,
  },
  {
    test: /no such host|server misbehaving|lookup /i,
    cure: (host) =>
      `Nodes do not know the name ${host} (they do not use the cluster's DNS): set pull of registry in dev.config.ts to a name that they know.`,
    passing: true,
  },
  {
    test: /connection refused|i\/o timeout|no route to host|network is unreachable|deadline exceeded|\bEOF\b|connection reset/i,
    cure: (host) =>
      `See that the nodes can reach ${host}, or set pull of registry in dev.config.ts to the name that they reach it by.`,
    own: noNodePort,
    passing: true,
  },
  {
    test: /not found|manifest unknown|404/i,
    cure: (host) =>
      `What answers at ${host} is another registry than the one pushed to: correct push, pull and here of registry in dev.config.ts.`,
    own: noNodePort,
    passing: false,
  },
];
