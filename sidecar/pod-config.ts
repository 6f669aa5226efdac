import { messageOf } from '../src/core/error.ts';
import type { PodConfig, PodContainer } from '../src/core/pod-layout.ts';
import { amount, containerPath, type Fields, fieldsOf, listOf } from '../src/wire/check.ts';

/** The sidecar's configuration as the injection wrote it. @throws Error that names what is wrong with it */
export function parsePodConfig(text: string | undefined): PodConfig {
  if (text === undefined) throw new Error('it is not set');
  const from = fieldsOf(parseJson(text), 'configuration');
  const containers = fieldsOf(from['containers'], 'containers');
  const named = Object.keys(containers).map((name) => [name, parseContainer(containers, name)] as const);
  return { gateWaitMs: amount(from, 'gateWaitMs'), containers: Object.fromEntries(named) };
}

function parseContainer(from: Fields, name: string): PodContainer {
  const container = fieldsOf(from[name], name);
  return {
    volumes: listOf(container, 'volumes', (value) => {
      const volume = fieldsOf(value, 'volume');
      return { path: containerPath(volume, 'path'), dir: containerPath(volume, 'dir') };
    }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new Error(`it is no JSON: ${messageOf(thrown)}`, { cause: thrown });
  }
}
