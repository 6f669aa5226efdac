import path from 'node:path';
import { type Copy, DockerfileParser, type From, type Instruction } from 'dockerfile-ast';

/** What of a Dockerfile tells how to develop in the image. */
export interface Stage {
  /** Lower case; absent without AS. */
  readonly name?: string;
  /** Name of another stage, or an image. */
  readonly base: string;
  readonly steps: readonly Step[];
  readonly ports: readonly number[];
  /** CMD and ENTRYPOINT, as written. */
  readonly command: string;
  /** At its end; absolute. */
  readonly workdir: string;
}

export type Step =
  | { readonly type: 'copy'; readonly sources: readonly string[]; readonly to: string }
  | { readonly type: 'copy-from'; readonly stage: string }
  | { readonly type: 'run'; readonly line: string };

/**
 * The stages of a Dockerfile, with destinations made absolute. Build arguments count with their defaults. Never throws:
 * what is not understood is left out.
 */
export function readDockerfile(text: string): readonly Stage[] {
  const stages: (Stage & { steps: Step[]; ports: number[]; workdir: string; command: string })[] = [];
  const variables = new Map<string, string>();
  const fill = (words: string): string =>
    words.replace(
      /\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))/g,
      (whole, braced?: string, fallback?: string, bare?: string) =>
        variables.get(braced ?? bare ?? '') ?? fallback ?? whole,
    );
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const keyword = instruction.getKeyword();
    const words = fill(instruction.getArgumentsContent() ?? '');
    const stage = stages.at(-1);
    if (keyword === 'ARG' || keyword === 'ENV') remember(words, variables);
    if (keyword === 'FROM') {
      const from = instruction as From;
      const base = fill(from.getImage() ?? '').toLowerCase();
      const parent = stages.find(({ name }) => name === base);
      const name = from.getBuildStage()?.toLowerCase();
      stages.push({
        ...(name !== undefined && { name }),
        base,
        steps: [],
        ports: [...(parent?.ports ?? [])],
        command: parent?.command ?? '',
        workdir: parent?.workdir ?? '/',
      });
    }
    if (!stage) continue;
    if (keyword === 'WORKDIR') stage.workdir = path.posix.resolve(stage.workdir, words.trim());
    if (keyword === 'EXPOSE') stage.ports.push(...[...words.matchAll(/\b\d+\b/g)].map(Number));
    if (keyword === 'CMD' || keyword === 'ENTRYPOINT') stage.command += ` ${words}`;
    if (keyword === 'RUN') stage.steps.push({ type: 'run', line: words });
    if (keyword === 'COPY' || keyword === 'ADD') {
      const step = readCopy(instruction, stage.workdir, fill);
      if (step) stage.steps.push(step);
    }
  }
  return stages;
}

function readCopy(
  instruction: Instruction,
  workdir: string,
  fill: (words: string) => string,
): Step | undefined {
  const flags = (instruction as Copy).getFlags();
  const from = flags.find((flag) => flag.getName() === 'from')?.getValue();
  if (from) return { type: 'copy-from', stage: fill(from).toLowerCase() };
  const words = wordsOf(instruction).map(fill);
  const to = words.pop();
  if (to === undefined || words.length === 0 || words.some((word) => /^(?:<<|\w+:\/\/|git@)/.test(word))) {
    return undefined;
  }
  const absolute = path.posix.resolve(workdir, to);
  const isFolder = words.length > 1 || /(?:^|\/)\.?$/.test(to) || absolute === workdir;
  return {
    type: 'copy',
    sources: words.map(tidy),
    to: isFolder && absolute !== '/' ? `${absolute}/` : absolute,
  };
}

function wordsOf(instruction: Instruction): string[] {
  const text = (instruction.getArgumentsContent() ?? '').replace(/^(?:--\S+\s+)+/, '');
  if (!text.startsWith('[')) return instruction.getArguments().map((each) => each.getValue());
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.filter((each): each is string => typeof each === 'string') : [];
  } catch {
    return []; // BuildKit will say so
  }
}

/** `./src/` as `src`. */
function tidy(source: string): string {
  return path.posix.normalize(source.replace(/^\/+/, '')).replace(/\/$/, '') || '.';
}

function remember(words: string, variables: Map<string, string>): void {
  for (const [, name = '', quoted, bare] of words.matchAll(/(\w+)=(?:"([^"]*)"|(\S*))/g)) {
    variables.set(name, quoted ?? bare ?? '');
  }
}
