/** containerd's configuration, for Debian's 1.6: the CRI plugin with runc and overlayfs, and little else. */
export function containerdConfig(pauseImage: string): string {
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
  "io.containerd.tracing.processor.v1.otlp",
]

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  restrict_oom_score_adj = true
  max_concurrent_downloads = 8
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "/etc/containerd/certs.d"
`;
}

/**
 * Names of `docker.io` are asked for at the mirror first. Without `server`, containerd goes on to the registry that
 * it takes `docker.io` for.
 */
export function dockerHubHosts(mirrorHost: string, upstream: string | undefined): string {
  const server = upstream === undefined ? '' : `server = "${upstream}"\n\n`;
  return `${server}[host."http://${mirrorHost}"]
  capabilities = ["pull", "resolve"]
`;
}

export function plainRegistryHosts(host: string): string {
  return `server = "http://${host}"

[host."http://${host}"]
  capabilities = ["pull", "resolve", "push"]
`;
}
