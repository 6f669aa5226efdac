import { parse } from 'yaml';
import { KdevError } from '../core/error.ts';
import type { Registry } from '../core/ports/registry.ts';

/**
 * The registry that a ConfigMap `local-registry-hosting` names (KEP-1755).
 *
 * @throws KdevError `registry-advertised-badly`
 */
export function parseAdvertised(text: string): Registry {
  const facts: unknown = parseQuietly(text);
  const host = nameIn(facts, 'host');
  const fromPods = nameIn(facts, 'hostFromClusterNetwork') ?? host;
  if (fromPods === undefined) {
    throw new KdevError({
      code: 'registry-advertised-badly',
      fault: 'environment',
      what: 'The ConfigMap kube-public/local-registry-hosting names no registry.',
      why: `Its key localRegistryHosting.v1 has neither "host" nor "hostFromClusterNetwork": ${text.trim()}`,
      cure: 'Correct it as KEP-1755 says, or configure a registry.',
    });
  }
  const fromNodes = nameIn(facts, 'hostFromContainerRuntime') ?? host ?? fromPods;
  return { fromPods, fromNodes, fromHere: host ?? fromPods, plainHttp: true };
}

/** Whether it says how pods reach the registry, which is seldom the same as from outside. */
export function saysFromPods(text: string): boolean {
  return nameIn(parseQuietly(text), 'hostFromClusterNetwork') !== undefined;
}

function parseQuietly(text: string): unknown {
  try {
    return parse(text);
  } catch {
    // Said by the caller, with the text.
    return undefined;
  }
}

function nameIn(facts: unknown, key: string): string | undefined {
  if (typeof facts !== 'object' || facts === null || !(key in facts)) return undefined;
  const value = (facts as Record<string, unknown>)[key];
  return typeof value === 'string' && value !== ''
    ? value.replace(/^https?:\/\//, '').replace(/\/+$/, '')
    : undefined;
}
