import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inject } from 'vitest';

// Worker slots are numbered from 1 and run one file at a time: a file has the box of its slot alone. The first one
// that comes to a slot makes the box.
const name = `test-cluster-${process.env['VITEST_POOL_ID'] ?? 1}`;
const kubeconfig = path.join(inject('kubeconfigs'), name);
if (!existsSync(kubeconfig)) {
  const { makeTestBox } = await import('./make-test-box.ts');
  await writeFile(kubeconfig, await makeTestBox(name, inject('images')), { mode: 0o600 });
}
process.env['KDEV_TEST_KUBECONFIG'] = kubeconfig;
