import { access } from 'node:fs/promises';
import { runTool } from '../artifacts/run-tool.ts';
import { silentReporter } from '../core/reporter.ts';
import type { BoxFiles } from './box-files.ts';
import type { BoxAddresses } from './subnet.ts';

/**
 * Gives the box its address, by a veth pair whose other end stays on the host, and lets it reach what the host
 * reaches. The rules are in an nftables table of the box's own, so that they go without a trace.
 *
 * @throws KdevError `host-network-failed`.
 */
export async function connectBox(
  files: BoxFiles,
  addresses: BoxAddresses,
  pid: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { link, firewall } = files;
  const commands = [
    `link add ${link} type veth peer name eth0 netns ${pid}`,
    `address add ${addresses.host}/30 dev ${link}`,
    `link set ${link} up`,
  ];
  await run('ip', ['-batch', '-'], signal, `${commands.join('\n')}\n`);
  const inside = [
    `link set eth0 up`,
    `address add ${addresses.box}/30 dev eth0`,
    `route add default via ${addresses.host}`,
  ];
  await run(
    'nsenter',
    ['--net', '--target', String(pid), 'ip', '-batch', '-'],
    signal,
    `${inside.join('\n')}\n`,
  );
  const rules = [
    `add table ip ${firewall}`,
    `add chain ip ${firewall} postrouting { type nat hook postrouting priority srcnat; }`,
    `add rule ip ${firewall} postrouting ip saddr ${addresses.link} oifname != "${link}" masquerade`,
  ];
  await run('nft', ['-f', '-'], signal, `${rules.join('\n')}\n`);
  if (await forwardsNothing(signal)) {
    for (const rule of forwardRules(files)) await run('iptables', ['-w', '-I', 'FORWARD', ...rule], signal);
  }
}

/** Takes back what `connectBox` did, as far as it got; idempotent. */
export async function disconnectBox(files: BoxFiles): Promise<void> {
  await tolerate(run('ip', ['link', 'delete', files.link], undefined));
  await tolerate(run('nft', ['delete', 'table', 'ip', files.firewall], undefined));
  if (!(await hasIptables())) return;
  for (const rule of forwardRules(files))
    await tolerate(run('iptables', ['-w', '-D', 'FORWARD', ...rule], undefined));
}

/** A machine with a container engine drops what it does not know; nftables cannot overrule that from its own table. */
async function forwardsNothing(signal: AbortSignal | undefined): Promise<boolean> {
  if (!(await hasIptables())) return false;
  const { stdout } = await run('iptables', ['-w', '-S', 'FORWARD'], signal);
  return /^-P FORWARD DROP/m.test(stdout) || / -j (DROP|REJECT)/.test(stdout);
}

function forwardRules(files: BoxFiles): string[][] {
  const comment = ['-m', 'comment', '--comment', files.firewall, '-j', 'ACCEPT'];
  return [
    ['-i', files.link, ...comment],
    ['-o', files.link, ...comment],
  ];
}

function hasIptables(): Promise<boolean> {
  return access('/usr/sbin/iptables').then(
    () => true,
    () => false,
  );
}

function run(command: string, args: readonly string[], signal: AbortSignal | undefined, input?: string) {
  return runTool({
    command,
    args,
    signal,
    reporter: silentReporter,
    ...(input === undefined ? {} : { input }),
    failure: {
      code: 'host-network-failed',
      what: `Could not set up the network of a box (${command} ${args.join(' ')}).`,
    },
  });
}

/** For a removal: what is not there, or not any more, is what was wanted. */
async function tolerate(removal: Promise<unknown>): Promise<void> {
  await removal.catch(() => undefined);
}
