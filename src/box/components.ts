import type { BoxAddresses } from './subnet.ts';

/** One long-running program of a box, as `images/box/init` reads it. */
export interface Component {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: readonly string[];
  /** Components that must be ready before this one starts. */
  readonly after?: readonly string[];
  /** When it counts as ready; without one, at once. */
  readonly ready?: { readonly tcp?: string; readonly unix?: string; readonly https?: string };
}

const pki = '/etc/kubernetes/pki';
export const ports = { api: 6443, registry: 5000, mirror: 5001 } as const;
export const runtimeSocket = '/run/containerd/containerd.sock';

/** Everything that runs in a box beside pods, in the order it may start. Paths are the box's own. */
export function components(name: string, addresses: BoxAddresses): Component[] {
  const apiReady = { https: `https://127.0.0.1:${ports.api}/livez` };
  return [
    {
      name: 'etcd',
      argv: [
        '/usr/bin/etcd',
        '--data-dir=/var/lib/etcd',
        // A box is thrown away; what a power cut would lose is no loss.
        '--unsafe-no-fsync',
        '--listen-client-urls=http://127.0.0.1:2379',
        '--advertise-client-urls=http://127.0.0.1:2379',
        '--listen-peer-urls=http://127.0.0.1:2380',
        '--log-level=warn',
      ],
      ready: { tcp: '127.0.0.1:2379' },
    },
    {
      name: 'kube-apiserver',
      after: ['etcd'],
      argv: ['/usr/local/bin/kube-apiserver', ...apiServerFlags(addresses)],
      ready: apiReady,
    },
    {
      name: 'containerd',
      argv: ['/usr/bin/containerd', '--config', '/etc/containerd/config.toml'],
      ready: { unix: runtimeSocket },
    },
    registry('registry', ['/usr/local/bin/serve-registry', 'serve'], addresses.box, ports.registry),
    registry('mirror', ['/usr/bin/docker-registry', 'serve'], addresses.box, ports.mirror),
    {
      name: 'kube-controller-manager',
      after: ['kube-apiserver'],
      argv: [
        '/usr/local/bin/kube-controller-manager',
        ...kubeconfigFlags('controller-manager'),
        '--leader-elect=false',
        `--service-account-private-key-file=${pki}/service-accounts.key`,
        `--root-ca-file=${pki}/ca.crt`,
        `--cluster-signing-cert-file=${pki}/ca.crt`,
        `--cluster-signing-key-file=${pki}/ca.key`,
        '--allocate-node-cidrs=true',
        `--cluster-cidr=${addresses.pods}`,
        `--node-cidr-mask-size=24`,
        '--bind-address=127.0.0.1',
      ],
    },
    {
      name: 'kube-scheduler',
      after: ['kube-apiserver'],
      argv: [
        '/usr/local/bin/kube-scheduler',
        ...kubeconfigFlags('scheduler'),
        '--leader-elect=false',
        '--bind-address=127.0.0.1',
      ],
    },
    {
      name: 'kubelet',
      after: ['kube-apiserver', 'containerd'],
      argv: [
        '/usr/local/bin/kubelet',
        '--config=/etc/kubernetes/kubelet.yaml',
        `--kubeconfig=${pki}/kubelet.kubeconfig`,
        `--hostname-override=${name}`,
        `--node-ip=${addresses.box}`,
      ],
    },
    {
      name: 'kube-proxy',
      after: ['kube-apiserver'],
      argv: [
        '/usr/local/bin/kube-proxy',
        `--kubeconfig=${pki}/kube-proxy.kubeconfig`,
        `--hostname-override=${name}`,
        '--proxy-mode=iptables',
        `--cluster-cidr=${addresses.pods}`,
        // Zero leaves the machine-wide connection tracking limits alone.
        '--conntrack-max-per-core=0',
        '--conntrack-tcp-timeout-established=0s',
        '--conntrack-tcp-timeout-close-wait=0s',
        '--masquerade-all',
      ],
    },
    {
      name: 'coredns',
      after: ['kube-apiserver'],
      argv: ['/opt/kdev/coredns/coredns', '-conf', '/etc/coredns/Corefile'],
    },
  ];
}

function apiServerFlags(addresses: BoxAddresses): string[] {
  return [
    `--secure-port=${ports.api}`,
    `--advertise-address=${addresses.box}`,
    '--etcd-servers=http://127.0.0.1:2379',
    '--allow-privileged=true',
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    // Fair queuing serves many tenants; in a box it only costs start-up time.
    '--enable-priority-and-fairness=false',
    `--client-ca-file=${pki}/ca.crt`,
    `--tls-cert-file=${pki}/apiserver.crt`,
    `--tls-private-key-file=${pki}/apiserver.key`,
    `--kubelet-certificate-authority=${pki}/ca.crt`,
    `--kubelet-client-certificate=${pki}/apiserver-kubelet-client.crt`,
    `--kubelet-client-key=${pki}/apiserver-kubelet-client.key`,
    '--kubelet-preferred-address-types=InternalIP',
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${pki}/service-accounts.key`,
    `--service-account-signing-key-file=${pki}/service-accounts.key`,
    `--service-cluster-ip-range=${addresses.services}`,
    `--requestheader-client-ca-file=${pki}/front-proxy-ca.crt`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-username-headers=X-Remote-User',
    `--proxy-client-cert-file=${pki}/front-proxy-client.crt`,
    `--proxy-client-key-file=${pki}/front-proxy-client.key`,
    '--profiling=false',
  ];
}

function kubeconfigFlags(who: string): string[] {
  const file = `${pki}/${who}.kubeconfig`;
  return [
    `--kubeconfig=${file}`,
    `--authentication-kubeconfig=${file}`,
    `--authorization-kubeconfig=${file}`,
  ];
}

function registry(name: string, argv: readonly string[], address: string, port: number): Component {
  return {
    name,
    argv: [...argv, `/etc/kdev/${name}.yaml`],
    ready: { tcp: `${address}:${port}` },
  };
}
