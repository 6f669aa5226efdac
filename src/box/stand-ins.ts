import { access, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ArtifactRecipe } from '../artifacts/artifact.ts';
import { debianTree } from '../artifacts/debian-tree.ts';
import { type OciRunConfig, writeOciImage } from '../artifacts/oci-image.ts';

/** An image that answers for a well-known one, made of Debian packages on this machine. */
export interface StandIn {
  /** Kebab-case; names the artifact. */
  readonly name: string;
  /** The names it answers for. */
  readonly references: readonly string[];
  readonly packages: readonly string[];
  readonly variant: 'minbase' | 'extract';
  /** Shell snippets with the image's root as `$1`. */
  readonly hooks: readonly string[];
  readonly config: OciRunConfig;
  readonly announce: string;
  /** Unpacked in every box from the start, because pods are likely to need it or are built on it. */
  readonly preload: boolean;
}

const searchPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const bundle = '/etc/ssl/certs/ca-certificates.crt';

/** All stand-ins there are; the one place that lists them. */
export const standIns: readonly StandIn[] = [
  {
    name: 'stand-in-python',
    references: ['docker.io/library/python:3.11-slim', 'docker.io/library/python:3.11-slim-bookworm'],
    packages: ['python3', 'python3-pip', 'python3-venv', 'ca-certificates', 'netbase', 'tzdata'],
    variant: 'minbase',
    hooks: [
      'ln -sf /usr/bin/python3 "$1/usr/local/bin/python"',
      'ln -sf /usr/bin/python3 "$1/usr/local/bin/python3"',
      'ln -sf /usr/bin/pip3 "$1/usr/local/bin/pip"',
      // The real image lets pip install beside the interpreter.
      'rm -f "$1"/usr/lib/python3*/EXTERNALLY-MANAGED',
      'find "$1/usr/lib" -name __pycache__ -prune -exec rm -rf {} +',
    ],
    config: {
      Cmd: ['python3'],
      Env: [
        searchPath,
        'LANG=C.UTF-8',
        'PYTHON_VERSION=3.11.2',
        `PIP_CERT=${bundle}`,
        `SSL_CERT_FILE=${bundle}`,
      ],
    },
    announce: 'making a stand-in for library/python:3.11-slim from Debian packages (about 50 MB; 30 seconds)',
    preload: true,
  },
  {
    name: 'stand-in-debian',
    references: ['docker.io/library/debian:bookworm-slim', 'docker.io/library/debian:12-slim'],
    packages: ['netbase', 'tzdata'],
    variant: 'minbase',
    hooks: [],
    config: { Cmd: ['bash'], Env: [searchPath] },
    announce:
      'making a stand-in for library/debian:bookworm-slim from Debian packages (about 30 MB; 15 seconds)',
    preload: false,
  },
  {
    name: 'stand-in-busybox',
    references: [
      'docker.io/library/busybox:latest',
      'docker.io/library/busybox:1.35',
      'docker.io/library/busybox:stable',
    ],
    packages: ['busybox-static'],
    variant: 'extract',
    hooks: [
      'cd "$1/bin"; for applet in $(./busybox --list); do [ -e "$applet" ] || ln -s busybox "$applet"; done',
      'mkdir -p "$1/root" "$1/proc" "$1/sys" "$1/dev"; rm -rf "$1/usr/share"',
      'echo "root:x:0:0:root:/root:/bin/sh" > "$1/etc/passwd"; echo "root:x:0:" > "$1/etc/group"',
    ],
    config: { Cmd: ['sh'], Env: [searchPath] },
    announce: 'making a stand-in for library/busybox from Debian packages (1 MB; 10 seconds)',
    preload: true,
  },
];

/**
 * How to make a stand-in, as an OCI image layout. Trusts what this machine trusts: its bundle of certificate
 * authorities is part of the image and of the key.
 */
export async function standInRecipe(standIn: StandIn): Promise<ArtifactRecipe> {
  const hasBundle =
    standIn.variant === 'minbase' &&
    (await access(bundle).then(
      () => true,
      () => false,
    ));
  const tree = debianTree({
    name: standIn.name,
    announce: standIn.announce,
    packages: standIn.packages,
    variant: standIn.variant,
    format: 'tar',
    // After the packages' own scripts, which would write Debian's bundle over it.
    files: hasBundle ? [{ from: bundle, to: bundle }] : [],
    hooks: ['rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/* "$1"/var/log/*', ...standIn.hooks],
    values: ['stand-in 1', JSON.stringify(standIn.config)],
  });
  return {
    ...tree,
    make: async ({ into, reporter, signal }) => {
      await tree.make({ into, reporter, ...(signal === undefined ? {} : { signal }) });
      const tar = path.join(into, 'root.tar');
      await writeOciImage({
        into,
        layers: [tar],
        config: standIn.config,
        platform: { os: 'linux', architecture: ociArchitecture() },
        reference: standIn.references[0] ?? standIn.name,
        reporter,
        signal,
      });
      await rm(tar);
    },
  };
}

/** What Go and OCI call this machine's architecture. */
export function ociArchitecture(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch;
}
