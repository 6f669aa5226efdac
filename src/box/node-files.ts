import { chmod, copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import type { BoxSettings } from './box.ts';
import type { BoxFiles } from './box-files.ts';
import { ports, runtimeSocket } from './components.ts';
import { containerdConfig, dockerHubHosts, plainRegistryHosts } from './container-runtime.ts';
import { kubernetesPrograms } from './kubernetes-programs.ts';
import type { BoxAddresses } from './subnet.ts';

export interface NodeFilesOptions {
  readonly name: string;
  readonly files: BoxFiles;
  readonly addresses: BoxAddresses;
  readonly settings: BoxSettings;
  readonly pauseImage: string;
  /** The project's `images/box`. */
  readonly sourcesDir: string;
}

/** Writes the configuration of a box's programs into the upper layer of its root file system. */
export async function writeNodeFiles(options: NodeFilesOptions): Promise<void> {
  const { addresses, files, name } = options;
  const registryHost = `${addresses.box}:${ports.registry}`;
  const mirrorHost = `${addresses.box}:${ports.mirror}`;
  const texts: Record<string, string> = {
    '/etc/hostname': `${name}\n`,
    '/etc/hosts': `127.0.0.1 localhost\n${addresses.box} ${name}\n`,
    '/etc/resolv.conf': await resolvConf(),
    '/etc/containerd/config.toml': containerdConfig(options.pauseImage),
    '/etc/containerd/certs.d/docker.io/hosts.toml': dockerHubHosts(mirrorHost, options.settings.upstream),
    [`/etc/containerd/certs.d/${registryHost}/hosts.toml`]: plainRegistryHosts(registryHost),
    [`/etc/containerd/certs.d/${mirrorHost}/hosts.toml`]: plainRegistryHosts(mirrorHost),
    '/etc/cni/net.d/10-box.conflist': `${JSON.stringify(cniConfig(addresses), undefined, 2)}\n`,
    '/etc/kubernetes/kubelet.yaml': stringify(kubeletConfig(addresses)),
    '/etc/coredns/Corefile': corefile(),
    '/etc/kdev/registry.yaml': stringify(registryConfig('/var/lib/registry', registryHost, false)),
    '/etc/kdev/mirror.yaml': stringify(registryConfig('/var/lib/mirror', mirrorHost, true)),
    '/etc/profile.d/kdev.sh': 'export KUBECONFIG=/etc/kubernetes/pki/admin.kubeconfig\n',
  };
  for (const [file, text] of Object.entries(texts)) {
    const target = path.join(files.upper, file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, text);
  }
  await linkPrograms(files.upper);
  const serveRegistry = path.join(files.upper, 'usr/local/bin/serve-registry');
  await copyFile(path.join(options.sourcesDir, 'serve-registry'), serveRegistry);
  await chmod(serveRegistry, 0o755);
  await copyAuthorities(files.upper);
}

async function linkPrograms(upper: string): Promise<void> {
  const bin = path.join(upper, 'usr/local/bin');
  await mkdir(bin, { recursive: true });
  for (const program of kubernetesPrograms)
    await symlink(`/opt/kdev/kubernetes/${program}`, path.join(bin, program));
}

const authorities = '/etc/ssl/certs/ca-certificates.crt';

/** What the host trusts, the box trusts. */
async function copyAuthorities(upper: string): Promise<void> {
  await mkdir(path.join(upper, 'etc/ssl/certs'), { recursive: true });
  await copyFile(authorities, path.join(upper, authorities)).catch((thrown: NodeJS.ErrnoException) => {
    // A host without the bundle leaves the box with Debian's own.
    if (thrown.code !== 'ENOENT') throw thrown;
  });
}

/** A name server on the host's loopback cannot be reached from the box; systemd-resolved keeps the real ones beside. */
async function resolvConf(): Promise<string> {
  const text = await readFile('/etc/resolv.conf', 'utf8');
  if (!/^nameserver\s+127\./m.test(text)) return text;
  return readFile('/run/systemd/resolve/resolv.conf', 'utf8').catch(() => text);
}

function cniConfig(addresses: BoxAddresses): object {
  return {
    cniVersion: '0.4.0',
    name: 'box',
    plugins: [
      {
        type: 'bridge',
        bridge: 'cni0',
        isGateway: true,
        ipMasq: true,
        hairpinMode: true,
        ipam: { type: 'host-local', ranges: [[{ subnet: addresses.pods }]], routes: [{ dst: '0.0.0.0/0' }] },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}

function kubeletConfig(addresses: BoxAddresses): object {
  const pki = '/etc/kubernetes/pki';
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: `${pki}/ca.crt` },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: `${pki}/kubelet-server.crt`,
    tlsPrivateKeyFile: `${pki}/kubelet-server.key`,
    clusterDomain: 'cluster.local',
    clusterDNS: [addresses.dnsService],
    resolvConf: '/etc/resolv.conf',
    containerRuntimeEndpoint: `unix://${runtimeSocket}`,
    cgroupDriver: 'cgroupfs',
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    // Without CAP_SYS_RESOURCE and with the machine's sysctls read-only, the kubelet must go on as it would in a
    // user namespace.
    featureGates: { KubeletInUserNamespace: true },
    localStorageCapacityIsolation: false,
    // The disk is the person's own and mostly full of other things: no eviction by it, no image collection.
    evictionHard: {
      'memory.available': '0%',
      'nodefs.available': '0%',
      'nodefs.inodesFree': '0%',
      'imagefs.available': '0%',
    },
    imageGCHighThresholdPercent: 100,
    serializeImagePulls: false,
    registryPullQPS: 0,
    eventRecordQPS: 0,
  };
}

function corefile(): string {
  return `. {
  errors
  health 127.0.0.1:8053
  ready 127.0.0.1:8054
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    kubeconfig /etc/kubernetes/pki/coredns.kubeconfig
    pods insecure
    fallthrough in-addr.arpa ip6.arpa
    ttl 5
  }
  forward . /etc/resolv.conf
  cache 30
  loop
}
`;
}

function registryConfig(storage: string, host: string, readOnly: boolean): object {
  return {
    version: 0.1,
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: storage },
      delete: { enabled: !readOnly },
      maintenance: { uploadpurging: { enabled: false }, readonly: { enabled: readOnly } },
    },
    http: { addr: host },
  };
}
