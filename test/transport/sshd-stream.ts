import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { Duplex } from 'node:stream';

export interface SshdStream {
  readonly stream: Duplex;
  readonly process: ChildProcess;
  stderr(): string;
}

// With -i sshd serves one connection on its standard streams: no port is taken on the machine.
const script = `
  mount --make-rprivate / && mount --bind "$2" "$1/kdev" &&
  mount --bind /dev "$1/dev" && mount --bind /proc "$1/proc" &&
  exec chroot "$1" /usr/sbin/sshd -i -e -f /etc/ssh/sshd_config
`;

/** The sidecar's real sshd, which finds `kdevDir` at /kdev, for one connection on its standard streams. */
export function spawnSshd(root: string, kdevDir: string): ChildProcessWithoutNullStreams {
  return spawn('unshare', ['--mount', 'sh', '-c', script, 'sh', root, kdevDir], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

export function dialSshd(root: string, kdevDir: string): SshdStream {
  const child = spawnSshd(root, kdevDir);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return {
    stream: Duplex.from({ readable: child.stdout, writable: child.stdin }),
    process: child,
    stderr: () => stderr,
  };
}
