/** An image with the name that its own index gives it. */
export interface NamedImage {
  readonly reference: string;
  readonly layoutDir: string;
  readonly named: string;
}

/** Only what unpacking needs. */
const config = `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = [
  "io.containerd.grpc.v1.cri",
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
]
`;

/**
 * A shell script, to be run in mount and process namespaces of its own, that imports images into a containerd store
 * with the containerd of a root file system. `$1` is that root, `$2` a folder to work in, `$3` the store.
 */
export function importImages(images: readonly NamedImage[]): string {
  const layouts = [...new Set(images.map((image) => image.layoutDir))];
  const binds = layouts.map((layout, at) => `mkdir -p mnt/${at}; mount --bind ${quote(layout)} mnt/${at}`);
  const imports = layouts.map(
    (_, at) => `tar -C /mnt/${at} -c . | ctr --namespace k8s.io images import --snapshotter overlayfs -`,
  );
  const tags = images
    .filter((image) => image.reference !== image.named)
    .map((image) => `ctr --namespace k8s.io images tag ${quote(image.named)} ${quote(image.reference)}`);
  const inRoot = `
containerd --config /run/containerd.toml --log-level warn &
until ctr version >/dev/null 2>&1; do kill -0 $!; sleep 0.05; done
${[...imports, ...tags].join('\n')}
kill $!
wait $! || true
`;
  return `set -eu
mkdir -p "$2/upper" "$2/work" "$2/merged"
mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" overlay "$2/merged"
cd "$2/merged"
mount -t proc proc proc
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mkdir -p var/lib/containerd
mount --bind "$3" var/lib/containerd
${binds.join('\n')}
cat > run/containerd.toml <<'END'
${config}END
chroot . /bin/sh -euc ${quote(inRoot)}
`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
