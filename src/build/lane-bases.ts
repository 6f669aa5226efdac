import type { BaseImage, BuildRequest } from '../core/ports/builder.ts';
import type { OpenRegistry } from '../core/ports/registry.ts';
import { askBase } from './ask-base.ts';
import { createBaseDigests } from './base-digests.ts';
import { baseImages } from './base-images.ts';

/** The base images of builds in one cluster. */
export type LaneBases = (options: {
  readonly request: Pick<BuildRequest, 'build' | 'reporter' | 'signal'>;
  /** Text of the Dockerfile. */
  readonly dockerfile: string;
  readonly platform: string;
  readonly maxAgeMs?: number | undefined;
}) => Promise<readonly BaseImage[]>;

/** @param dir remembers answers between runs; made when missing */
export function createLaneBases(
  open: Pick<OpenRegistry, 'registry' | 'images' | 'mirrors' | 'imagesAt'>,
  dir: string | undefined,
): LaneBases {
  const { registry, mirrors } = open;
  const digests = createBaseDigests({
    dir,
    view: [registry.fromPods, ...mirrors].join(),
    ask: askBase(open),
  });
  return ({ request, dockerfile, platform, maxAgeMs }) => {
    const { build, reporter, signal } = request;
    const { target, args } = build;
    const { images, unknown } = baseImages({ dockerfile, target, args, platform });
    for (const name of unknown)
      reporter.detail(`the base image ${name} hangs on a variable, so it is built from under its name alone`);
    return digests.resolve(images, { maxAgeMs, signal, onUnknown: reporter.detail });
  };
}
