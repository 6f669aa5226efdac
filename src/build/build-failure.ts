import { KdevError } from '../core/error.ts';
import type { FailedStep } from './build-progress.ts';

/** Everything that is known about a build that did not make an image. */
export interface FailureFacts {
  readonly service: string;
  /** As configured, for `file:line`. */
  readonly dockerfile: string;
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
  /^(\S+): failed to resolve source metadata for \S+: .*(?:not found|NotFound|404|403|access denied)/is;
const unresolvedBase = /^(\S+): failed to resolve source metadata for /;
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
