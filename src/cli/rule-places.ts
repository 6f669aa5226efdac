import type { Locate } from '../config/locate-keys.ts';
import type { Service } from '../core/service.ts';
import type { IgnoreReason } from '../watch/ignore-rules.ts';

/** Where the rules about a path are written down, `file:line`; undefined when that is not known. */
export interface RulePlaces {
  mapping(service: Service, index: number): string | undefined;
  ignore(service: Service, index: number, reason: IgnoreReason): string | undefined;
  rule(service: Service, step: 'run' | 'restart' | 'rebuild', pattern: string): string | undefined;
}

/** @param configFile and `ignoreFile` as they are shown to the person */
export function findRulePlaces(options: {
  readonly configFile: string;
  readonly locate: Locate;
  /** What each service's configuration names itself, without what its Dockerfile adds. */
  readonly configured: readonly Service[];
  readonly ignoreFile: string;
  readonly ignoreText: string;
}): RulePlaces {
  const { configFile, locate, configured, ignoreFile, ignoreText } = options;
  const inConfig = (keys: readonly (string | number)[]): string | undefined => {
    const place = locate(keys);
    return place && `${configFile}:${place.line}`;
  };
  /** `sync` is a list, or an object with a key for each mapping. */
  const keysOf = ({ name, mappings }: Service, index: number): readonly (string | number)[] => {
    const sync = ['services', name, 'sync'];
    const from = mappings[index]?.from ?? '';
    const around = locate(sync);
    const spellings = [index, from, `./${from}`, `${from}/`, `./${from}/`];
    const key = spellings.find((each) => {
      const place = locate([...sync, each]);
      return place !== undefined && (place.line !== around?.line || place.column !== around.column);
    });
    return key === undefined ? sync : [...sync, key];
  };
  return {
    mapping: (service, index) => inConfig(keysOf(service, index)),
    ignore: (service, index, { layer, pattern }) => {
      switch (layer) {
        case 'mapping': {
          const place = service.mappings[index]?.ignore.lastIndexOf(pattern) ?? -1;
          return inConfig([...keysOf(service, index), 'ignore', Math.max(0, place)]);
        }
        case '.kdevignore': {
          const line = ignoreText.split(/\r?\n/).findLastIndex((each) => each.trim() === pattern.trim());
          return line === -1 ? ignoreFile : `${ignoreFile}:${line + 1}`;
        }
        case 'git':
        case 'temporary':
          return undefined;
        default:
          return layer satisfies never;
      }
    },
    rule: ({ name, build, run = [] }, step, pattern) => {
      if (step === 'run') {
        const at = run.findIndex(({ when }) => when.includes(pattern));
        return at < 0 ? undefined : inConfig(['services', name, 'run', at]);
      }
      const own = configured.find((service) => service.name === name)?.[step].indexOf(pattern) ?? -1;
      if (own >= 0) return inConfig(['services', name, step, own]);
      if (build === undefined) return undefined;
      return pattern === build.dockerfile ? 'the image is made of it' : `${build.dockerfile} reads it`;
    },
  };
}
