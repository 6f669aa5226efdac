import path from 'node:path';
import { runTool } from '../artifacts/run-tool.ts';
import { KdevError } from '../core/error.ts';
import type { BuildRequest, BuiltImage } from '../core/ports/builder.ts';
import type { RegistryClient } from '../core/ports/registry.ts';
import type { BuildLane } from './build-in-pod.ts';
import { type ImageName, parseImageName } from './image-name.ts';

/**
 * A person's own builder in BuildKit's place: runs `build.command` with what to build in its environment, and takes
 * the last line that it prints for the image's name. An abort ends it with everything that it started.
 *
 * @throws KdevError `build-failed` with its last lines; `build-command-image` when it names no image that the
 * registry has; what the registry throws; the signal's reason.
 */
export async function buildByCommand(options: {
  readonly lane: BuildLane;
  readonly request: BuildRequest;
  readonly platform: string;
  readonly repository: string;
  readonly tag: string;
  /** A further name that it is to be pushed by. */
  readonly pushAs?: string | undefined;
}): Promise<Pick<BuiltImage, 'reference' | 'digest' | 'config'>> {
  const { lane, request } = options;
  const { build, onLine, projectRoot, reporter, service, signal } = request;
  const written = build.command ?? [];
  const [command = '', ...args] = typeof written === 'string' ? ['sh', '-c', written] : written;
  reporter.step(`building ${service} (${typeof written === 'string' ? written : written.join(' ')})`);
  const tell = onLine ?? reporter.detail;
  const { stdout } = await runTool({
    command,
    args,
    cwd: projectRoot,
    env: { ...lane.machine.env, ...environmentOf(options) },
    reporter: { step: reporter.step, detail: (line) => tell(line, new Date().toISOString()) },
    signal,
    failure: {
      code: 'build-failed',
      fault: 'user',
      what: `The image of ${service} could not be built: its build.command failed.`,
      cure: 'Correct it and save; kdev builds again. The running pods were left alone.',
    },
  });
  const printed = stdout.trimEnd().split('\n').at(-1)?.trim() ?? '';
  const name = parseImageName(printed);
  if (name === undefined || printed === '') throw noImage(service, printed, 'It is no name of an image.');
  const { images, nodeHost } = findIn(lane, name);
  const digest = name.digest ?? (await images.resolve(name.repository, name.tag, signal));
  if (digest === undefined) throw noImage(service, printed, `The registry ${name.host} does not have it.`);
  return {
    reference: `${nodeHost}/${name.repository}@${digest}`,
    digest,
    config: await images.readConfig(name.repository, digest, signal),
  };
}

function environmentOf(options: Parameters<typeof buildByCommand>[0]): Readonly<Record<string, string>> {
  const { lane, platform, pushAs, repository, request, tag } = options;
  const { build, projectRoot, service } = request;
  const registry = lane.open.registry.fromHere;
  return {
    KDEV_PROJECT: lane.project,
    KDEV_SERVICE: service,
    KDEV_CONTEXT: path.resolve(projectRoot, build.context),
    KDEV_DOCKERFILE: path.resolve(projectRoot, build.dockerfile),
    KDEV_TARGET: build.target ?? '',
    KDEV_PLATFORM: platform,
    KDEV_BUILD_ARGS: JSON.stringify(build.args),
    KDEV_REGISTRY: registry,
    KDEV_TAG: tag,
    KDEV_IMAGE: `${registry}/${repository}:${tag}`,
    KDEV_PUSH_AS: pushAs ?? '',
  };
}

/** Where a name is looked up from here, and what the nodes call its registry. */
function findIn({ open }: BuildLane, { host }: ImageName): { images: RegistryClient; nodeHost: string } {
  const { fromHere, fromNodes, fromPods } = open.registry;
  if ([fromHere, fromNodes, fromPods].includes(host)) return { images: open.images, nodeHost: fromNodes };
  const isLocal = /^(?:localhost|127\.0\.0\.1)(?::|$)/.test(host);
  return { images: open.imagesAt(host, isLocal), nodeHost: host };
}

function noImage(service: string, printed: string, why: string): KdevError {
  return new KdevError({
    code: 'build-command-image',
    fault: 'user',
    what: `The build.command of ${service} printed "${printed}" last, which is not the image that it built.`,
    why,
    cure: 'Let it push the image, to $KDEV_IMAGE or elsewhere, and print the image’s name as its last line.',
  });
}
