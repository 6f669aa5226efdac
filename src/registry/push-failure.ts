import { KdevError } from '../core/error.ts';
import type { Registry } from '../core/ports/registry.ts';

/**
 * The error for a push that failed with those words of BuildKit's; undefined where they tell nothing.
 *
 * @param full whether the registry says of itself that it has no space left
 */
export function pushFailure(
  registry: Pick<Registry, 'fromPods'>,
  words: string,
  full: boolean,
): KdevError | undefined {
  const { fromPods } = registry;
  if (full || /507 Insufficient Storage|no space left on device|disk quota exceeded/i.test(words)) {
    return new KdevError({
      code: 'registry-full',
      fault: 'environment',
      what: `The registry ${fromPods} is full.`,
      why: words,
      cure: 'Free space with kdev gc, or give the registry a larger volume.',
    });
  }
  if (/\b401\b|\b403\b|unauthorized|forbidden|denied|authorization failed|no basic auth/i.test(words)) {
    return new KdevError({
      code: 'registry-refused',
      fault: 'environment',
      what: `The registry ${fromPods} does not let the builder push.`,
      why: words,
      cure: `Log in with "docker login ${hostOf(fromPods)}" as somebody who may push there, or correct username and passwordEnv of registry in dev.config.ts.`,
    });
  }
  const advice = unreachable.find(([sign]) => sign.test(words))?.[1];
  if (advice === undefined) return undefined;
  return new KdevError({
    code: 'registry-unreachable',
    fault: 'environment',
    what: `The builder's pod cannot reach the registry ${fromPods}.`,
    why: words,
    cure: advice,
  });
}

const unreachable: readonly (readonly [RegExp, string])[] = [
  [
    /server gave HTTP response to HTTPS client|first record does not look like a TLS handshake/i,
    'It speaks plain http: set plainHttp: true of registry in dev.config.ts.',
  ],
  [
    /malformed HTTP response|Client sent an HTTP request to an HTTPS server/i,
    'It speaks https: set plainHttp: false of registry in dev.config.ts.',
  ],
  [
    /x509|certificate/i,
    'Have its certificate signed by an authority that the builder trusts, or set insecure: true of registry in dev.config.ts.',
  ],
  [
    /no such host|server misbehaving|lookup /i,
    'Pods do not know that name: set push of registry in dev.config.ts to the name that they reach it by.',
  ],
  [
    /connection refused|i\/o timeout|no route to host|network is unreachable|deadline exceeded|\bEOF\b|connection reset/i,
    'See that it runs and that the network policies of the cluster let the builder reach it.',
  ],
];

function hostOf(name: string): string {
  return name.split('/')[0] ?? name;
}
