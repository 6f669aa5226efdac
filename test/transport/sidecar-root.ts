import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cacheRoot } from '../../src/artifacts/cache-root.ts';
import { provideArtifact } from '../../src/artifacts/provide-artifact.ts';
import { silentReporter } from '../../src/core/reporter.ts';
import { architectureOf, hostPlatform } from '../../src/images/image-architecture.ts';
import { nodeProgram } from '../../src/images/node-program.ts';
import { sidecarBase } from '../../src/images/sidecar-base.ts';
import type { SshKeys } from '../../src/transport/keys.ts';
import { restarterBinary } from '../restarter/restarter-binary.ts';

/**
 * The root file system of the sidecar's image with the keys of a test in it, as its entry point leaves it.
 *
 * @param sshdConfig lines that the sidecar's own configuration does not have
 */
export async function sidecarRoot(
  keys: SshKeys,
  sshdConfig = '',
): Promise<{ readonly root: string; remove(): void }> {
  const options = { cacheDir: cacheRoot(process.env), reporter: silentReporter };
  const architecture = architectureOf(hostPlatform());
  const nodeDir = await provideArtifact(nodeProgram(architecture), options);
  const baseDir = await provideArtifact(sidecarBase(architecture, nodeDir), options);
  const restarter = await restarterBinary();

  const root = mkdtempSync(path.join(tmpdir(), 'kdev-sidecar-'));
  execFileSync('tar', ['-xf', path.join(baseDir, 'base.tar'), '-C', root, '--exclude=./usr/bin/node']);
  const at = (name: string): string => path.join(root, name);
  for (const dir of ['etc/ssh', 'usr/lib/kdev', 'kdev', 'kdev-keys', 'dev', 'proc']) {
    mkdirSync(at(dir), { recursive: true });
  }
  copyFileSync(path.join(import.meta.dirname, '../../images/sidecar/sshd_config'), at('etc/ssh/sshd_config'));
  appendFileSync(at('etc/ssh/sshd_config'), sshdConfig);
  copyFileSync(restarter, at('usr/lib/kdev/restarter'));
  writeFileSync(at('run/kdev-sidecar/ssh-host-key'), keys.hostKey, { mode: 0o600 });
  writeFileSync(
    at('run/kdev-sidecar/passwd'),
    'kdev:x:0:0:kdev:/tmp:/bin/sh\nroot:x:0:0:root:/tmp:/bin/sh\nsshd:x:65533:65533::/run/sshd:/bin/false\n',
  );
  writeFileSync(at('kdev-keys/authorized-keys'), keys.authorizedKeys);
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}
