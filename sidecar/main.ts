import { messageOf } from '../src/core/error.ts';
import { Agent } from './agent.ts';
import { readAgentOptions } from './agent-options.ts';

/** The only place the agent's words go to: the sidecar's log, which the kubelet keeps. */
function log(line: string): void {
  process.stderr.write(`${new Date().toISOString()} agent: ${line}\n`);
}

// Modes are always given in full.
process.umask(0);
let agent: Agent | undefined;
function end(): void {
  agent?.stop();
  process.exit(0);
}
process.once('SIGTERM', end);
process.once('SIGINT', end);

try {
  agent = new Agent(readAgentOptions(process.env), log);
  await agent.start();
} catch (thrown) {
  log(`cannot start: ${messageOf(thrown)}`);
  process.exit(70);
}
