import { KdevError } from '../core/error.ts';
import type { Box, BoxPlace } from './box.ts';
import { boxFiles } from './box-files.ts';
import { boxHealth } from './box-health.ts';
import { checkBoxName } from './box-name.ts';
import { readRecord, recordedNames } from './box-record.ts';
import { unknownBox } from './delete-box.ts';
import { checkHost, type Host, thisHost } from './host-checks.ts';

/**
 * A box that is there and works. Needs no root.
 *
 * @throws KdevError `box-unknown`, `box-broken` (says why), `box-name-invalid`.
 */
export async function openBox(place: BoxPlace, name: string): Promise<Box> {
  checkBoxName(name);
  const files = boxFiles(place, name);
  const record = await readRecord(files.record);
  if (record === undefined) throw unknownBox(name, await recordedNames(place));
  const health = await boxHealth(files, record);
  if (health.works) return health.box;
  throw new KdevError({
    code: 'box-broken',
    fault: 'environment',
    what: `The box ${name} cannot be used: it ${health.why}.`,
    cure: `Make it anew: kdev box create ${name}`,
  });
}

/**
 * The command that runs a program inside a box, to be spawned with the terminal attached.
 *
 * @param argv Program and arguments. @default a login shell
 * @throws KdevError as `openBox`; `box-needs-linux`, `box-needs-root`.
 */
export async function boxShell(
  place: BoxPlace,
  name: string,
  argv: readonly string[] = ['/bin/bash', '-l'],
  host: Host = thisHost,
): Promise<readonly string[]> {
  checkHost(host, `kdev box shell ${name}`);
  const { pid } = await openBox(place, name);
  const environment = [
    'env',
    '--ignore-environment',
    `TERM=${process.env['TERM'] ?? 'dumb'}`,
    'HOME=/root',
    'LANG=C.UTF-8',
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'KUBECONFIG=/etc/kubernetes/pki/admin.kubeconfig',
  ];
  const namespaces = ['--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup', '--root', '--wdns=/root'];
  return ['nsenter', '--target', String(pid), ...namespaces, '--', ...environment, ...argv];
}
