import { type PodConfig, podConfigEnv, podLayout } from '../src/core/pod-layout.ts';
import { parsePodConfig } from './pod-config.ts';

/** Where an agent listens and what it keeps; in a pod all of it is `podLayout`'s. */
export interface AgentOptions {
  readonly config: PodConfig;
  readonly agentSocket: string;
  readonly restarterSocket: string;
  readonly journalDir: string;
  readonly readyFile: string;
  readonly termFile: string;
  readonly codeStagingDir: string;
  readonly version: string;
}

declare const KDEV_VERSION: string | undefined;

/** @throws Error when the pod's configuration is missing or wrong */
export function readAgentOptions(env: Readonly<Record<string, string | undefined>>): AgentOptions {
  return {
    config: parsePodConfig(env[podConfigEnv]),
    agentSocket: env['KDEV_AGENT_SOCKET'] ?? podLayout.agentSocket,
    restarterSocket: env['KDEV_RESTARTER_SOCKET'] ?? podLayout.restarterSocket,
    journalDir: env['KDEV_JOURNAL_DIR'] ?? podLayout.journalDir,
    readyFile: env['KDEV_READY_FILE'] ?? podLayout.readyFile,
    termFile: env['KDEV_TERM_FILE'] ?? podLayout.termFile,
    codeStagingDir: env['KDEV_CODE_STAGING_DIR'] ?? podLayout.codeStagingDir,
    // The bundler puts the version of the package in.
    version: typeof KDEV_VERSION === 'string' ? KDEV_VERSION : 'source',
  };
}
