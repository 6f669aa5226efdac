import type { Service } from './service.ts';

/**
 * Services in the order in which they may start: each wave needs only what is in the waves before it. What a service
 * depends on and is not in the list counts as there. A ring, which validation refuses, ends up in one last wave.
 */
export function startWaves(services: readonly Service[]): readonly (readonly Service[])[] {
  const waves: (readonly Service[])[] = [];
  let left = services;
  while (left.length > 0) {
    const waiting = new Set(left.map(({ name }) => name));
    const free = left.filter(({ dependsOn }) => !dependsOn.some((name) => waiting.has(name)));
    const wave = free.length > 0 ? free : left;
    waves.push(wave);
    left = left.filter((service) => !wave.includes(service));
  }
  return waves;
}
