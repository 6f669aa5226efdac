import { KdevError } from '../core/error.ts';
import type { ImageConfig } from '../core/ports/builder.ts';
import type { LearnedContainer } from './learned.ts';
import { literal } from './literal.ts';
import type { Container } from './pod-template.ts';

/**
 * The command line that the container would run without kdev, by Kubernetes' own rules: `command` replaces the
 * image's ENTRYPOINT and its CMD, `args` alone replaces CMD.
 *
 * @throws `entrypoint-unknown`
 */
export function appCommand(options: {
  readonly container: Container;
  readonly image: ImageConfig | undefined;
  readonly learned: LearnedContainer | undefined;
  readonly workload: string;
}): readonly string[] {
  const { container, image, learned } = options;
  const command = container.command ?? [];
  const args = container.args ?? [];
  if (command.length > 0) return [...command, ...args];
  if (image) {
    const words =
      args.length > 0
        ? [...image.entrypoint.map(literal), ...args]
        : [...image.entrypoint, ...image.command].map(literal);
    if (words.length > 0) return words;
  }
  if (learned && learned.argv.length > 0 && args.length === 0) return learned.argv.map(literal);
  throw new KdevError({
    code: 'entrypoint-unknown',
    fault: 'user',
    what: `kdev cannot tell what container "${container.name}" of ${options.workload} runs.`,
    why:
      image === undefined
        ? `The manifest says no "command", and what image ${container.image ?? ''} starts is not known here.`
        : 'Neither the manifest nor the image says a command.',
    cure: `Add the line  command: ["the-program", "its", "arguments"]  to container "${container.name}".`,
  });
}
