import type { Command } from '../command.ts';
import { boxCreate } from './box-create.ts';
import { boxDelete } from './box-delete.ts';
import { boxKubeconfig } from './box-kubeconfig.ts';
import { boxList } from './box-list.ts';
import { boxShell } from './box-shell.ts';
import { down } from './down.ts';
import { exec } from './exec.ts';
import { logs } from './logs.ts';
import { status } from './status.ts';
import { up } from './up.ts';
import { watch } from './watch.ts';

/** In the order of the list in `kdev --help`. */
export const commands: readonly Command[] = [
  up,
  watch,
  status,
  exec,
  logs,
  down,
  boxCreate,
  boxList,
  boxShell,
  boxKubeconfig,
  boxDelete,
];
