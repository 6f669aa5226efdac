import { readdir, readFile, readlink } from 'node:fs/promises';

/** TCP_LISTEN of include/net/tcp_states.h, as /proc/net/tcp spells it. */
const listening = '0A';

/**
 * Who listens on a TCP port of this machine, in words such as `process 4711 (node server.js)`. Undefined where it
 * cannot be told: another user's process, or a system without /proc.
 */
export async function findPortOwner(port: number): Promise<string | undefined> {
  try {
    const tables = await Promise.all(
      ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
    );
    const sockets = new Set(tables.flatMap((table) => socketsOf(table, port)));
    if (sockets.size === 0) return undefined;
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      if (await holds(pid, sockets)) return `process ${pid} (${await commandOf(pid)})`;
    }
  } catch {
    // It is only a better word for what is known already.
  }
  return undefined;
}

/** `sl local_address rem_address st … inode`, the address as `0100007F:1F90`; see proc(5). */
function socketsOf(table: string, port: number): readonly string[] {
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, local = '', , state]) =>
        state === listening && Number.parseInt(local.split(':')[1] ?? '', 16) === port,
    )
    .map((fields) => `socket:[${fields[9]}]`);
}

async function holds(pid: string, sockets: ReadonlySet<string>): Promise<boolean> {
  // A process that ends meanwhile, or that is somebody else's, tells nothing.
  const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = await Promise.all(files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => '')));
  return links.some((link) => sockets.has(link));
}

async function commandOf(pid: string): Promise<string> {
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''))
    .split('\0')
    .filter((word) => word !== '');
  const command = words.join(' ');
  return command.length > 80 ? `${command.slice(0, 79)}…` : command;
}
