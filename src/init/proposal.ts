/** The part of a configuration that `kdev init` writes; src/config/dev-config.ts tells what each key means. */
export interface ProposedConfig {
  readonly name?: string;
  readonly manifests?: string | readonly string[];
  readonly environments?: Readonly<Record<string, ProposedEnvironment>>;
  readonly services: Readonly<Record<string, ProposedService>>;
}

export interface ProposedEnvironment {
  readonly manifests: string | readonly string[];
  readonly protected?: true;
}

export interface ProposedService {
  readonly workload?: string;
  readonly container?: string;
  readonly build?: true | string | ProposedBuild;
  readonly sync?: Readonly<Record<string, string>> | readonly ProposedMapping[];
  readonly restart?: readonly string[];
  readonly rebuild?: readonly string[];
  readonly ports?: readonly (number | string)[];
}

export interface ProposedBuild {
  readonly dockerfile?: string;
  readonly context?: string;
  readonly target?: string;
}

export interface ProposedMapping {
  readonly from: string;
  readonly to: string;
  readonly ignore?: readonly string[];
}

/** One thing that was found in the tree, and why it was taken so. */
export interface Finding {
  /** Absent = the whole project. */
  readonly service?: string;
  readonly about: string;
  readonly found: string;
  readonly why: string;
}

export interface Proposal {
  readonly config: ProposedConfig;
  readonly findings: readonly Finding[];
}
