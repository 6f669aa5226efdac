import { KdevError } from './error.ts';

/** For an answer of a registry that is no success: `registry-refused`, or `registry-full`. */
export function refusedBy(
  registry: { readonly host: string },
  path: string,
  answer: Pick<Response, 'status'>,
): KdevError {
  const { host } = registry;
  const what = `The registry ${host} answered ${answer.status} to ${path}.`;
  const fault = 'environment';
  switch (answer.status) {
    case 401:
    case 403:
      return new KdevError({
        code: 'registry-refused',
        fault,
        what,
        why: 'It wants another login than the one that was found, or none was found.',
        cure: `Log in with "docker login ${host}", or set username and passwordEnv of registry in dev.config.ts.`,
      });
    case 503:
      return new KdevError({
        code: 'registry-refused',
        fault,
        what,
        why: 'It is being cleaned up, or is overloaded.',
        cure: 'Try again in a moment.',
      });
    case 507:
      return new KdevError({
        code: 'registry-full',
        fault,
        what: `The registry ${host} is full.`,
        cure: 'Free space with kdev gc, or give it a larger volume.',
      });
    default:
      return new KdevError({ code: 'registry-refused', fault, what });
  }
}
