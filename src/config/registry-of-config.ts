import type { RegistrySettings } from '../core/service.ts';
import type { ConfigProblem } from './config-problem.ts';
import type { CheckedRegistry } from './config-schema.ts';

const hostAndPort = /^(\[[0-9a-fA-F:]+\]|[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?)(:\d{1,5})?$/;
const pathPart = /^[a-z0-9]+([._-]+[a-z0-9]+)*$/;

/** `registry` of a configuration or an environment, with its defaults: one name counts for every side. */
export function registryOfConfig(
  written: CheckedRegistry,
  at: readonly (string | number)[],
): { readonly registry?: RegistrySettings; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const own = typeof written === 'string' ? { push: written } : written;
  const place = (key: string) => (typeof written === 'string' ? at : [...at, key]);
  const [push = '', ...path] = own.push.split('/');
  for (const [key, host] of Object.entries({ push, pull: own.pull, here: own.here })) {
    if (host !== undefined && !hostAndPort.test(host)) {
      problems.push({
        path: place(key),
        message: `expected a registry's host or host:port, such as registry.example.com:5000, not ${JSON.stringify(host)}`,
      });
    }
  }
  if (!path.every((part) => pathPart.test(part))) {
    problems.push({
      path: place('push'),
      message: `expected a path of small letters, digits and single . _ - after the host, not ${JSON.stringify(path.join('/'))}`,
    });
  }
  if ((own.username === undefined) !== (own.passwordEnv === undefined)) {
    const [there, missing] =
      own.username === undefined ? ['passwordEnv', 'username'] : ['username', 'passwordEnv'];
    problems.push({ path: place(there), message: `${there} needs ${missing} beside it` });
  }
  if (own.pullSecret === true && own.username === undefined) {
    problems.push({
      path: place('pullSecret'),
      message:
        'true needs username and passwordEnv, which the Secret is made of; or name a Secret that is there',
    });
  }
  if (own.plainHttp === true && own.insecure === true) {
    problems.push({
      path: place('insecure'),
      message: 'plainHttp has no certificate that could go unchecked',
    });
  }
  if (problems.length > 0) return { problems };
  const { insecure = false, passwordEnv, plainHttp = false, username } = own;
  const pullSecret = own.pullSecret ?? (username === undefined ? undefined : true);
  return {
    problems,
    registry: {
      push,
      pull: own.pull ?? push,
      here: own.here ?? push,
      prefix: path.length === 0 ? '' : `${path.join('/')}/`,
      plainHttp,
      insecure,
      ...(username !== undefined && { username }),
      ...(passwordEnv !== undefined && { passwordEnv }),
      ...(pullSecret !== undefined && pullSecret !== false && { pullSecret }),
    },
  };
}
