import { nearestName } from '../core/did-you-mean.ts';
import { KdevError } from '../core/error.ts';
import type { Environment, Project } from '../core/service.ts';

/**
 * The environment of a command: the named one, else `local`, else the only one there is.
 *
 * @throws KdevError `environment-unknown`, `environment-not-chosen`; both list what there is.
 */
export function chooseEnvironment(project: Project, name?: string): Environment {
  const { environments } = project;
  const names = environments.map((environment) => environment.name);
  const wanted = name ?? (names.length === 1 ? names[0] : 'local');
  const found = environments.find((environment) => environment.name === wanted);
  if (found) return found;
  const list = names.join(', ');
  if (name === undefined) {
    throw new KdevError({
      code: 'environment-not-chosen',
      fault: 'user',
      what: 'There are several environments and none of them is called local.',
      why: `The environments are ${list}.`,
      cure: `Choose one with --env, such as --env ${names[0]}.`,
    });
  }
  const nearest = nearestName(name, names);
  throw new KdevError({
    code: 'environment-unknown',
    fault: 'user',
    what: `There is no environment "${name}".`,
    why: `The environments are ${list}.`,
    cure: `Use --env ${nearest ?? names[0]}, or add ${name} to environments in ${project.configFile}.`,
  });
}
