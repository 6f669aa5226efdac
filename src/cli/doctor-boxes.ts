import { ensureDebianPackages, isDebian, missingPackages } from '../artifacts/debian-packages.ts';
import { treeMakers } from '../artifacts/debian-tree.ts';
import { listBoxes } from '../box/list-boxes.ts';
import { hostPackages } from '../box/make-box.ts';
import { stateRoot } from '../box/state-root.ts';
import type { BoxFacts } from '../doctor/box-checks.ts';
import type { Invocation } from './command.ts';

/** What boxes are made with here. */
export function boxFacts(
  why: string,
  { reporter, surroundings }: Pick<Invocation, 'reporter' | 'surroundings'>,
): BoxFacts {
  const place = { stateDir: stateRoot(surroundings.env) };
  const packages = [...new Set([...hostPackages, ...treeMakers])];
  return {
    why,
    packages,
    missingPackages: (signal) => missingPackages(packages, { signal }),
    install: (names, signal) => ensureDebianPackages(names, { reporter, signal }),
    isDebian: () => isDebian(),
    list: () => listBoxes(place),
  };
}
