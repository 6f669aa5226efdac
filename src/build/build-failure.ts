import { KdevError } from '../core/error.ts';
import type { FailedStep } from './build-progress.ts';

/** Everything that is known about a build that did not make an image. */
export interface FailureFacts {
  readonly service: string;
  /** As configured, for `file:line`. */
  readonly dockerfile: string;
  /** That was built for. */
  readonly platform: string;
  readonly failed: FailedStep | undefined;
  /** What buildctl printed beside its progress. */
  readonly lines: readonly string[];
}

/** `builder-lost`, `base-image-missing`, `dockerfile-invalid`, `registry-refused-push` or, for a step that failed, `build-failed`. */
export function buildFailure(facts: FailureFacts): KdevError {
  const { dockerfile, failed, lines, service } = facts;
  const said =
    lines.findLast((line) => line.startsWith('error: ')) ?? failed?.error ?? lines.at(-1) ?? 'nothing';
  const reason = said.replace(/^error: /, '').replace(/^failed to solve: /, '');
  const at = lineOf(lines, reason);
  const where = at === undefined ? dockerfile : `${dockerfile}:${at}`;
  if (lost.test(reason)) return builderLost(reason);
  const source = sourceFailure(facts, reason, where);
  if (source) return source;
  const missing = missingBase.exec(reason)?.[1];
  if (missing !== undefined) {
    return new KdevError({
      code: 'base-image-missing',
      fault: 'user',
      what: `The base image ${missing} of ${service} was not found.`,
      why: reason,
      cure: 'Correct the name after FROM, or put the image into the registry that the builder pulls from.',
      where,
    });
  }
  const unreachable = unresolvedBase.exec(reason)?.[1];
  if (unreachable !== undefined) {
    return new KdevError({
      code: 'base-image-unreachable',
      fault: 'environment',
      what: `The base image ${unreachable} of ${service} could not be fetched.`,
      why: reason,
      cure: 'See that the builder’s pod can reach the registry that the image comes from.',
      where,
    });
  }
  if (pushStep.test(failed?.name ?? '')) {
    return new KdevError({
      code: 'registry-refused-push',
      fault: 'environment',
      what: `The image of ${service} was built and could not be pushed.`,
      why: reason,
      cure: 'See that the registry runs, has space and takes pushes from the builder’s pod.',
    });
  }
  if (failed === undefined || invalid.test(reason)) {
    return new KdevError({
      code: 'dockerfile-invalid',
      fault: 'user',
      what: `BuildKit does not accept ${dockerfile}.`,
      why: reason,
      cure: 'Correct the Dockerfile; kdev builds again when it is saved.',
      where,
    });
  }
  if ([failed.error, ...failed.lastLines].some((line) => wrongProcessor.test(line))) {
    return new KdevError({
      code: 'platform-cannot-run',
      fault: 'user',
      what: `The builder cannot run the programs of ${facts.platform}: ${failed.name} failed.`,
      why: [failed.error, ...failed.lastLines].find((line) => wrongProcessor.test(line)) ?? failed.error,
      cure: 'Build for the platform of the cluster’s nodes, or let steps that run programs begin with FROM --platform=$BUILDPLATFORM.',
      where,
    });
  }
  const tail = failed.lastLines.length === 0 ? [] : ['Its last lines:', ...failed.lastLines];
  return new KdevError({
    code: 'build-failed',
    fault: 'user',
    what: `The image of ${service} could not be built: ${failed.name} failed.`,
    why: [explain(failed.error), ...tail].join('\n'),
    cure: 'Correct it and save; kdev builds again. The running pods were left alone.',
    where,
  });
}

/** An image that a build begins with: not for the platform, not for this person, or no image but the frontend. */
function sourceFailure(facts: FailureFacts, reason: string, where: string): KdevError | undefined {
  const { failed, platform, service } = facts;
  const syntax = frontendStep.exec(failed?.name ?? '')?.[1];
  if (syntax !== undefined) {
    return new KdevError({
      code: 'frontend-missing',
      fault: 'user',
      what: `The Dockerfile of ${service} asks for the syntax ${syntax}, which the builder could not fetch.`,
      why: reason,
      cure: 'Ask for docker/dockerfile:1, which the builder has itself, or put that image where the builder can pull it.',
      where,
    });
  }
  const name = unresolvedBase.exec(reason)?.[1];
  if (name === undefined) return undefined;
  if (wrongPlatform.test(reason)) {
    return new KdevError({
      code: 'base-image-platform',
      fault: 'user',
      what: `The base image ${name} of ${service} is not there for ${platform}.`,
      why: reason,
      cure: 'Take a base image that is there for it, or build for another platform (build.platform).',
      where,
    });
  }
  if (!denied.test(reason)) return undefined;
  return new KdevError({
    code: 'registry-login-refused',
    fault: 'user',
    what: `The registry does not give the base image ${name} of ${service} to you.`,
    why: reason,
    cure: `Log in with docker login, give the namespace's service account an imagePullSecret for it, or correct the name after FROM.`,
    where,
  });
}

/** The builder ended under a build: evicted, killed, its node gone. */
export function builderLost(why: string, cause?: unknown): KdevError {
  return new KdevError({
    code: 'builder-lost',
    fault: 'environment',
    what: 'The builder ended during a build.',
    why,
    cure: 'Look at what ended its pod; kdev makes a new one with the next build.',
    cause,
  });
}

const lost =
  /rpc error: code = Unavailable|error reading from server: EOF|failed to list workers|buildkitd\.sock: connect/;
const missingBase =
  /^(\S+): failed to resolve source metadata for \S+: .*(?:not found|NotFound|404|access denied)/is;
const unresolvedBase = /^(\S+): failed to resolve source metadata for /;
const frontendStep = /^resolve image config for docker-image:\/\/(?:docker\.io\/)?(\S+)/;
const wrongPlatform = /no match for platform|does not provide the specified platform/i;
const denied =
  /\b401\b|\b403\b|unauthorized|failed to authorize|authorization failed|no basic auth|incorrect username or password/i;
const wrongProcessor = /exec format error/i;
const pushStep = /^(?:exporting|pushing) /;
const invalid =
  /dockerfile parse error|failed to parse|unknown instruction|no build stage in current context|target stage .* could not be found|circular dependency|invalid (?:reference|flag|field|argument|containerfile|from)/i;

/** BuildKit's words, but for the one that says nothing to somebody who does not know its inside. */
function explain(error: string): string {
  const absent = /failed to calculate checksum of ref \S+: ("[^"]+"): not found/.exec(error)?.[1];
  if (absent === undefined) return error;
  return `${absent} is not in the build context: it does not exist there, or an ignore file leaves it out.`;
}

/** The line in the Dockerfile: named by the error itself, or marked in the excerpt that buildctl prints. */
function lineOf(lines: readonly string[], reason: string): number | undefined {
  const named = /parse error on line (\d+)/.exec(reason)?.[1];
  const marked = lines.map((line) => /^\s*(\d+) \| >>> /.exec(line)?.[1]).find((line) => line !== undefined);
  const heading = lines.map((line) => /^[^\s:]+:(\d+)$/.exec(line)?.[1]).find((line) => line !== undefined);
  const found = named ?? marked ?? heading;
  return found === undefined ? undefined : Number(found);
}
