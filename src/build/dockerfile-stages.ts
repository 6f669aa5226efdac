import {
  type Copy,
  DockerfileParser,
  type From,
  type Instruction,
  type JSONInstruction,
} from 'dockerfile-ast';

/** What counts of one stage of a Dockerfile for asking which files it reads. */
export interface Stage {
  readonly index: number;
  /** Lower case; absent without AS. */
  readonly name: string | undefined;
  /** Another stage's name, or an image. */
  readonly base: string;
  readonly steps: Step[];
}

export type Step =
  /** Sources in the context, as written, variables filled in. */
  | { readonly type: 'copy'; readonly sources: readonly string[] }
  /** From another stage's name or number, or an image. */
  | { readonly type: 'copy-from'; readonly from: string }
  /** Bound into the RUN that follows. */
  | { readonly type: 'mount'; readonly sources: readonly string[] }
  | { readonly type: 'run' };

/**
 * The stages of a Dockerfile. Build arguments count with `args`, else with their defaults; a variable without a value
 * becomes `*`. Never throws: what BuildKit would refuse is left out.
 */
export function readStages(
  dockerfile: string,
  args: Readonly<Record<string, string>> = {},
  /** Values that are there without an ARG. */
  predefined: Readonly<Record<string, string>> = {},
): readonly Stage[] {
  const parsed = DockerfileParser.parse(dockerfile);
  const variables = new Map(Object.entries(predefined));
  const stages: Stage[] = [];
  for (const instruction of parsed.getInstructions()) {
    const keyword = instruction.getKeyword();
    const stage = stages.at(-1);
    if (keyword === 'ARG' || keyword === 'ENV') {
      for (const [name, value] of assignments(instruction)) {
        const given = keyword === 'ARG' ? args[name] : undefined;
        if (given !== undefined) variables.set(name, given);
        else if (value !== undefined) variables.set(name, expand(value, variables));
      }
    } else if (keyword === 'FROM') {
      const from = instruction as From;
      const base = expand(from.getImage() ?? '', variables);
      stages.push({ index: stages.length, name: from.getBuildStage()?.toLowerCase(), base, steps: [] });
    } else if (stage && (keyword === 'COPY' || keyword === 'ADD')) {
      stage.steps.push(readCopy(instruction as Copy, variables));
    } else if (stage && keyword === 'RUN') {
      stage.steps.push(...readMounts(instruction as JSONInstruction, variables), { type: 'run' });
    }
  }
  return stages;
}

function readCopy(instruction: Copy, variables: ReadonlyMap<string, string>): Step {
  const from = instruction
    .getFlags()
    .find((flag) => flag.getName() === 'from')
    ?.getValue();
  if (from) return { type: 'copy-from', from: expand(from, variables) };
  const words = copyWords(instruction);
  const sources = words.slice(0, -1).filter((each) => !/^(?:<<|[a-z]+:\/\/|git@)/.test(each));
  return { type: 'copy', sources: sources.map((each) => expand(each, variables)) };
}

/** Sources and destination; dockerfile-ast loses spaces inside JSON strings and takes here-documents for words. */
function copyWords(instruction: Copy): readonly string[] {
  const text = (instruction.getArgumentsContent() ?? '').replace(/^(?:--\S+\s+)+/, '');
  if (instruction.getHeredocs().length > 0) return (text.split('\n')[0] ?? '').trim().split(/\s+/);
  if (!text.startsWith('[')) return instruction.getArguments().map((each) => each.getValue());
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.filter((each): each is string => typeof each === 'string') : [];
  } catch {
    // BuildKit refuses it; the Dockerfile itself stays a trigger.
    return [];
  }
}

function readMounts(instruction: JSONInstruction, variables: ReadonlyMap<string, string>): Step[] {
  return instruction.getFlags().flatMap((flag): Step[] => {
    if (flag.getName() !== 'mount') return [];
    const options = new Map<string, string | undefined>(
      (flag.getValue() ?? '').split(',').map((each) => splitOnce(each)),
    );
    if ((options.get('type') ?? 'bind') !== 'bind') return [];
    const from = options.get('from');
    if (from) return [{ type: 'copy-from', from: expand(from, variables) }];
    const source = options.get('source') ?? options.get('src') ?? '.';
    return [{ type: 'mount', sources: [expand(source, variables)] }];
  });
}

/** Of ARG and ENV; a name without a value keeps the one it has. */
function assignments(
  instruction: Instruction,
): readonly (readonly [name: string, value: string | undefined])[] {
  const words = instruction.getArguments().map((each) => each.getValue());
  const [first = ''] = words;
  // The old form `ENV NAME value`.
  if (instruction.getKeyword() === 'ENV' && !first.includes('=')) return [[first, words.slice(1).join(' ')]];
  return words.map((word) => {
    const [name, value] = splitOnce(word);
    return [name, value?.replace(/^(["'])(.*)\1$/, '$2')];
  });
}

function splitOnce(text: string): [name: string, value: string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** A variable that nobody set has the default that stands beside it, else it may be anything. */
function expand(text: string, variables: ReadonlyMap<string, string>): string {
  const variable = /\$(?:\{(\w+)(?:(:?)([-+])([^}]*))?\}|(\w+))/g;
  return text.replace(
    variable,
    (_, braced?: string, colon?: string, sign?: string, word?: string, bare?: string) => {
      const value = variables.get(braced ?? bare ?? '');
      const isSet = value !== undefined && !(colon === ':' && value === '');
      if (sign === '+') return isSet ? (word ?? '') : '';
      if (isSet) return value;
      return sign === '-' ? (word ?? '') : (value ?? '*');
    },
  );
}
