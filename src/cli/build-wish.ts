import { parsePushName } from '../build/push-name.ts';
import { chooseService } from '../config/choose-services.ts';
import { KdevError } from '../core/error.ts';
import type { Project, Service } from '../core/service.ts';
import type { Invocation } from './command.ts';

/** What a `kdev build` is to do. */
export interface BuildWish {
  /** In the order of the configuration; each has a `build`. */
  readonly services: readonly Service[];
  readonly rollout: boolean;
  readonly force: boolean;
  readonly target?: string;
  readonly push?: string;
  readonly printsTag: boolean;
}

/** @throws KdevError `usage`, `push-name-invalid`, `service-unknown`, `build-none` */
export function readBuildWish(
  project: Project,
  { args, options, flags }: Pick<Invocation, 'args' | 'options' | 'flags'>,
): BuildWish {
  const text = (name: string): string | undefined => {
    const value = options[name];
    return typeof value === 'string' ? value : undefined;
  };
  const [target, push] = [text('target'), text('push')];
  const services = servicesToBuild(project, args);
  if (push !== undefined) {
    parsePushName(push);
    if (services.length > 1)
      throw usage('--push names one image, and there are several services to build', services);
  }
  const printsTag = options['printTag'] === true;
  if (printsTag && flags.json) throw usage('--print-tag and --json both want stdout', services);
  return {
    services,
    rollout: options['rollout'] !== false && target === undefined && push === undefined,
    force: options['force'] === true,
    ...(target !== undefined && { target }),
    ...(push !== undefined && { push }),
    printsTag,
  };
}

/** The named ones alone; what they depend on is not built for them. */
export function servicesToBuild(project: Project, names: readonly string[]): readonly Service[] {
  const named = new Set(names.map((name) => chooseService(project, name).name));
  const services = project.services.filter(({ name, build }) =>
    names.length > 0 ? named.has(name) : build !== undefined,
  );
  const unbuilt = services.find(({ build }) => build === undefined);
  if (services.length > 0 && unbuilt === undefined) return services;
  throw new KdevError({
    code: 'build-none',
    fault: 'user',
    what:
      unbuilt === undefined
        ? 'No service has an image that kdev builds.'
        : `The image of service ${unbuilt.name} is not built by kdev.`,
    cure: 'Give the service a "build" in dev.config.ts if kdev is to build it.',
  });
}

function usage(what: string, services: readonly Service[]): KdevError {
  return new KdevError({
    code: 'usage',
    fault: 'user',
    what: `${what}.`,
    cure: `See kdev build --help.${services.length > 1 ? ` The services are ${services.map(({ name }) => name).join(', ')}.` : ''}`,
  });
}
