import { readStages } from './dockerfile-stages.ts';
import { frontendOf } from './frontend-of.ts';
import { type ImageName, parseImageName } from './image-name.ts';
import { findStage, reachableStages, sourcesOf } from './reachable-stages.ts';

/**
 * The images that a build begins with or copies from, by what its target needs, and the frontend where it is another
 * than the builder's own; one that its Dockerfile pins by digest is not among them. `unknown` are names that hang on a variable whose value is not known here.
 */
export function baseImages(options: {
  /** Text of the Dockerfile. */
  readonly dockerfile: string;
  /** @default the last stage */
  readonly target?: string | undefined;
  readonly args?: Readonly<Record<string, string>> | undefined;
  /** Such as `linux/amd64`; the first one counts where there are several. */
  readonly platform: string;
}): { readonly images: readonly ImageName[]; readonly unknown: readonly string[] } {
  const { dockerfile, target, args, platform } = options;
  const stages = readStages(dockerfile, args, platformVariables(platform));
  const images = new Map<string, ImageName>();
  const unknown = new Set<string>();
  const add = (name: string): void => {
    const image = parseImageName(name);
    if (image === undefined) unknown.add(name);
    else if (image.digest === undefined) images.set(image.familiar, image);
  };
  const frontend = frontendOf(dockerfile);
  if (frontend?.builtIn === false) add(frontend.name);
  for (const stage of reachableStages(stages, target)) {
    for (const name of sourcesOf(stage)) {
      if (name === '' || /^(?:scratch|context)$/i.test(name)) continue;
      if (findStage(stages.slice(0, stage.index), name)) continue;
      add(name);
    }
  }
  return {
    images: [...images.values()].sort((a, b) => (a.familiar < b.familiar ? -1 : 1)),
    unknown: [...unknown].sort(),
  };
}

/** What BuildKit sets by itself before the first FROM; the builder's own platform is the nodes'. */
function platformVariables(platforms: string): Readonly<Record<string, string>> {
  const [platform = ''] = platforms.split(',');
  const [os = '', architecture = '', variant = ''] = platform.split('/');
  const of = (whose: string) => ({
    [`${whose}PLATFORM`]: platform,
    [`${whose}OS`]: os,
    [`${whose}ARCH`]: architecture,
    [`${whose}VARIANT`]: variant,
  });
  return platforms.includes(',') ? of('BUILD') : { ...of('TARGET'), ...of('BUILD') };
}
