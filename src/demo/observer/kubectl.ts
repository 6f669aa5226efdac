import { type ChildProcess, execFile, spawn } from 'node:child_process';

/** An ordinary kubectl, and the cluster it talks to. */
export interface Kubectl {
  readonly binary: string;
  /** Kubeconfig file. @default kubectl's own choice */
  readonly kubeconfig?: string;
  /** @default the kubeconfig's current context */
  readonly context?: string;
}

export interface KubectlAnswer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one kubectl command to its end; rejects only when kubectl itself cannot run or takes longer than 15 s. */
export function runKubectl(kubectl: Kubectl, args: readonly string[]): Promise<KubectlAnswer> {
  return new Promise((resolve, reject) => {
    const options = { timeout: 15_000, maxBuffer: 64 * 1024 * 1024 };
    execFile(kubectl.binary, [...targetFlags(kubectl), ...args], options, (error, stdout, stderr) => {
      if (error === null) resolve({ exitCode: 0, stdout, stderr });
      else if (typeof error.code === 'number') resolve({ exitCode: error.code, stdout, stderr });
      else reject(new Error(`kubectl ${args.join(' ')} did not end by itself: ${error.message}`));
    });
  });
}

/** A kubectl that stays and listens on a port of 127.0.0.1. */
export interface Listening {
  readonly port: number;
  /** False as soon as it has ended. */
  alive(): boolean;
  stop(): void;
}

/** Starts `port-forward` or `proxy` and resolves when it says which port it took. */
export function listenWithKubectl(kubectl: Kubectl, args: readonly string[]): Promise<Listening> {
  const child = spawn(kubectl.binary, [...targetFlags(kubectl), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Its own group: a Ctrl-C in the terminal is for the tour, which then stops it.
    detached: true,
  });
  return new Promise((resolve, reject) => {
    let said = '';
    const timer = setTimeout(() => fail('said no port for 15 s'), 15_000);
    const fail = (why: string): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`kubectl ${args.join(' ')} ${why}; it said: ${said.trim() || 'nothing'}`));
    };
    const hear = (text: string): void => {
      if (said.length < 10_000) said += text;
      const port = /(?:Forwarding from|starting to serve on) 127\.0\.0\.1:(\d+)/i.exec(said)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(listening(child, Number(port)));
    };
    child.stdout.setEncoding('utf8').on('data', hear);
    child.stderr.setEncoding('utf8').on('data', hear);
    child.once('error', (error) => fail(`did not start: ${error.message}`));
    child.once('close', (code) => fail(`ended with ${code}`));
  });
}

function listening(child: ChildProcess, port: number): Listening {
  return {
    port,
    alive: () => child.exitCode === null && child.signalCode === null,
    stop: () => void child.kill('SIGKILL'),
  };
}

function targetFlags(kubectl: Kubectl): string[] {
  return [
    ...(kubectl.kubeconfig === undefined ? [] : ['--kubeconfig', kubectl.kubeconfig]),
    ...(kubectl.context === undefined ? [] : ['--context', kubectl.context]),
  ];
}
