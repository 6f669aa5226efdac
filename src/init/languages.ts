/** What kdev has to know of a language to choose rules for it. */
export interface Language {
  readonly name: string;
  /** Endings of its sources. */
  readonly endings: readonly string[];
  /** Whether a process has to start again to take a changed source. */
  readonly restarts: boolean;
  /** What its tools leave beside the sources (gitignore patterns). */
  readonly leftovers: readonly string[];
}

const languages: readonly (Language & { readonly image: RegExp; readonly marks: RegExp })[] = [
  {
    name: 'Python',
    endings: ['py'],
    restarts: true,
    leftovers: ['__pycache__/', '.venv/', 'venv/', '.pytest_cache/'],
    image: /python|pypy|uvicorn|gunicorn/,
    marks: /(?:^|\/)(?:requirements[^/]*\.txt|pyproject\.toml|setup\.py|Pipfile)$/,
  },
  {
    name: 'Node',
    endings: ['js', 'mjs', 'cjs', 'ts', 'tsx'],
    restarts: true,
    leftovers: ['node_modules/'],
    image: /(?:^|\/)(?:node|bun|deno)\b/,
    marks: /(?:^|\/)package\.json$/,
  },
  {
    name: 'Go',
    endings: ['go'],
    restarts: true,
    leftovers: [],
    image: /golang/,
    marks: /(?:^|\/)go\.mod$/,
  },
  {
    name: 'Ruby',
    endings: ['rb', 'ru'],
    restarts: true,
    leftovers: ['log/', 'tmp/'],
    image: /ruby|rails/,
    marks: /(?:^|\/)Gemfile$/,
  },
  {
    name: 'PHP',
    endings: ['php'],
    restarts: false,
    leftovers: ['vendor/'],
    image: /php/,
    marks: /(?:^|\/)composer\.json$/,
  },
  {
    name: 'Java',
    endings: ['java', 'kt'],
    restarts: true,
    leftovers: ['target/', 'build/', '.gradle/'],
    image: /openjdk|temurin|maven|gradle|java/,
    marks: /(?:^|\/)(?:pom\.xml|build\.gradle(?:\.kts)?)$/,
  },
  {
    name: 'Rust',
    endings: ['rs'],
    restarts: true,
    leftovers: ['target/'],
    image: /rust/,
    marks: /(?:^|\/)Cargo\.toml$/,
  },
];

/** The language of an image, by what it is made from, else by the files beside its Dockerfile. */
export function languageOf(bases: readonly string[], files: readonly string[]): Language | undefined {
  return (
    languages.find(({ image }) => bases.some((base) => image.test(base))) ??
    languages.find(({ marks }) => files.some((file) => marks.test(file)))
  );
}

/** `py`, or `{js,ts}` for several. */
export function globOfEndings({ endings }: Language): string {
  return `*.${endings.length === 1 ? endings[0] : `{${endings.join(',')}}`}`;
}

/** Programs that take a changed source by themselves, as they stand in a command line. */
const reloaders =
  /--reload\b|--watch\b|\bnodemon\b|\btsx watch\b|\bvite\b(?! build)|\bnext dev\b|\bnpm run dev\b|\bflask\b.*--debug|\bair\b|\breflex\b|\bwatchexec\b|\bwatchmedo\b/;

/** The words of a command that make the app load changed code by itself. */
export function reloaderIn(command: string): string | undefined {
  return reloaders.exec(command.replaceAll(/["',[\]]+/g, ' ').replaceAll(/\s+/g, ' '))?.[0];
}

const compilers =
  /\b(?:npm|yarn|pnpm|bun) (?:run )?build\b|\btsc\b|\bwebpack\b|\bvite build\b|\bnext build\b|\bgo (?:build|install)\b|\bcargo (?:build|install)\b|\bmvn\b|\bgradlew?\b|\bdotnet (?:build|publish)\b|\bmake\b/;

/** The compiler that a RUN line calls, which makes something else run than the sources. */
export function compilerIn(line: string): string | undefined {
  return compilers.exec(line)?.[0];
}
