import { KdevError, messageOf } from '../core/error.ts';
import { type ApiAction, describeAction } from './api-action.ts';

/** The body of every failure that the API server words itself (`kind: Status`). */
export interface ApiStatus {
  readonly status?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly name?: string;
    readonly kind?: string;
    readonly causes?: readonly {
      readonly reason?: string;
      readonly message?: string;
      readonly field?: string;
    }[];
  };
}

/** Parses a response body; what is no Status (a proxy's page, plain text) becomes its message. */
export function readStatus(body: string): ApiStatus {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // Not JSON: the text itself is the best explanation there is.
  }
  return { message: body.trim().slice(0, 500) };
}

export interface FailedCall {
  readonly action: ApiAction;
  readonly server: string;
  readonly httpStatus: number;
  readonly status: ApiStatus;
}

/** The error for an answer other than 2xx. */
export function answeredError(call: FailedCall): KdevError {
  const { action, server, httpStatus, status } = call;
  const words = status.message === undefined || status.message === '' ? `HTTP ${httpStatus}` : status.message;
  const facts = { why: `The API server says: ${words}`, cause: status };
  const kubectl = `kubectl${action.namespace === undefined ? '' : ` -n ${action.namespace}`}`;
  if (httpStatus === 401) {
    return new KdevError({
      code: 'cluster-unauthorized',
      fault: 'environment',
      what: `${server} does not accept the credentials of this context.`,
      cure: 'Log in to the cluster again, or choose another context with --context.',
      ...facts,
      why: `It says: ${words} (while kdev tried to ${describeAction(action)}).`,
    });
  }
  if (httpStatus === 403) return forbiddenError(call, words);
  if (httpStatus === 409) {
    return new KdevError({
      code: 'cluster-conflict',
      fault: 'environment',
      what: `Could not ${describeAction(action)}: somebody else was there first.`,
      cure: `Run the command again; when it comes again, see who writes there: ${kubectl} get ${objectOf(action)} -o yaml --show-managed-fields`,
      ...facts,
    });
  }
  if ((httpStatus >= 400 && httpStatus < 500 && httpStatus !== 429) || isSchemaVerdict(words)) {
    return new KdevError({
      code: 'cluster-rejected',
      fault: 'user',
      what: `The cluster refused to ${describeAction(action)}.`,
      cure: isUnknownKind(words)
        ? `See whether the cluster has that kind: kubectl api-resources | grep ${resourceOf(action)}`
        : correction,
      ...facts,
    });
  }
  return new KdevError({
    code: 'cluster-failed',
    fault: 'environment',
    what: `Could not ${describeAction(action)}: HTTP ${httpStatus}.`,
    cure: 'Run the command again; when it stays, see what is wrong with the cluster: kubectl get --raw "/readyz?verbose"',
    ...facts,
  });
}

const correction = 'Correct in the manifest what it names, and run the command again.';

function resourceOf({ resource }: ApiAction): string {
  return resource.replace(/\/.*$/, '');
}

/** As kubectl wants it: `deployments web`. */
function objectOf(action: ApiAction): string {
  return action.name === undefined ? resourceOf(action) : `${resourceOf(action)} ${action.name}`;
}

function isUnknownKind(words: string): boolean {
  return /could not find the requested resource|no matches for kind/.test(words);
}

/** Server-side apply reports a field that the schema does not know as an internal error. */
function isSchemaVerdict(words: string): boolean {
  return /failed to create typed (patch|live) object|field not declared in schema/.test(words);
}

/** RBAC words a refusal the same way everywhere; anything else with a 403 is an admission's verdict on the object. */
const rbacWords =
  /User "([^"]*)" cannot (\S+) (?:resource "([^"]*)" in API group "([^"]*)"|path "([^"]*)")(?: in the namespace "([^"]*)")?/;

function forbiddenError({ action, status }: FailedCall, words: string): KdevError {
  const found = rbacWords.exec(words);
  if (!found) {
    return new KdevError({
      code: 'cluster-rejected',
      fault: 'user',
      what: `The cluster refused to ${describeAction(action)}.`,
      why: `The API server says: ${words}`,
      cure: words.includes('PodSecurity')
        ? 'Correct the securityContext in the manifest, or use a namespace with a weaker pod-security level.'
        : correction,
      cause: status,
    });
  }
  const [, user = '', verb = action.verb, resource = found[5] ?? action.resource, group = ''] = found;
  const namespace = found[6];
  const where = namespace === undefined ? 'in the whole cluster' : `in namespace ${namespace}`;
  const flag = namespace === undefined ? '' : ` -n ${namespace}`;
  const target = group === '' ? resource : resource.replace(/^([^/]*)/, `$1.${group}`);
  return new KdevError({
    code: 'cluster-forbidden',
    fault: 'environment',
    what: `User ${user} may not ${verb} ${resource} ${where}.`,
    why: `The API server says: ${words}`,
    cure: `Ask an administrator for that permission; "kubectl auth can-i ${verb} ${target}${flag}" must answer yes.`,
    cause: status,
  });
}

/** The error for a call that got no answer at all. */
export function unreachableError(options: {
  readonly action: ApiAction;
  readonly server: string;
  readonly cause: unknown;
}): KdevError {
  const { server, cause } = options;
  return new KdevError({
    code: 'cluster-unreachable',
    fault: 'environment',
    what: `The API server at ${server} does not answer.`,
    why: `${sayReason(cause)} (while trying to ${describeAction(options.action)}).`,
    cure: 'See that the cluster runs and that the address in the kubeconfig is right; --context chooses another cluster.',
    cause,
  });
}

function sayReason(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  switch (code) {
    case 'ECONNREFUSED':
      return 'The connection was refused';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'The host name has no address';
    case 'ETIMEDOUT':
      return 'There was no answer in time';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'There is no route to it';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'The connection was cut';
    default:
      break;
  }
  // Node reports a host with several addresses as one AggregateError without a message.
  if (cause instanceof AggregateError && cause.errors.length > 0) return sayReason(cause.errors[0]);
  return messageOf(cause) || String(code);
}
