import type { Command } from '../command.ts';
import { boxCreate } from './box-create.ts';
import { boxDelete } from './box-delete.ts';
import { boxKubeconfig } from './box-kubeconfig.ts';
import { boxList } from './box-list.ts';
import { boxShell } from './box-shell.ts';
import { build } from './build.ts';
import { confirm } from './confirm.ts';
import { doctor } from './doctor.ts';
import { down } from './down.ts';
import { exec } from './exec.ts';
import { explain } from './explain.ts';
import { gc } from './gc.ts';
import { init } from './init.ts';
import { logs } from './logs.ts';
import { portForward } from './port-forward.ts';
import { pull } from './pull.ts';
import { restart } from './restart.ts';
import { shell } from './shell.ts';
import { status } from './status.ts';
import { test } from './test.ts';
import { up } from './up.ts';
import { wait } from './wait.ts';
import { watch } from './watch.ts';

/** In the order of the list in `kdev --help`. */
export const commands: readonly Command[] = [
  init,
  up,
  watch,
  build,
  status,
  wait,
  restart,
  confirm,
  explain,
  test,
  exec,
  shell,
  logs,
  portForward,
  pull,
  doctor,
  gc,
  down,
  boxCreate,
  boxList,
  boxShell,
  boxKubeconfig,
  boxDelete,
];
