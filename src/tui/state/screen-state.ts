import type { PanelId } from '../layout/layout.ts';

/** What a person has chosen on the screen. Nothing of it is about the session. */
export interface ScreenState {
  readonly focus: PanelId;
  readonly zoomed: boolean;
  readonly overlay: 'none' | 'help' | 'quit';
  /** First row of the help that is shown. */
  readonly helpTop: number;
  /** Only services whose name holds it are shown. */
  readonly filter: string;
  /** Keys go into the filter. */
  readonly filtering: boolean;
  /** The service that keys are about; undefined = the first that is shown. */
  readonly service: string | undefined;
  /** Rows above the newest; 0 = the newest, also when newer ones come. */
  readonly activity: number;
  /** First row that is shown of the problems, and the one chosen of the tests. */
  readonly problem: number;
  readonly test: number;
  readonly message: Message | undefined;
  /** Waits for y or n; nothing else has a meaning meanwhile but the signals' keys. */
  readonly question: Question | undefined;
}

export interface Question {
  readonly title: string;
  readonly text: string;
  /** What y and n do, in a few words each. */
  readonly yes: string;
  readonly no: string;
}

/** The answer to what a key asked for; stays until the next key. */
export interface Message {
  readonly text: string;
  readonly tone: 'good' | 'bad' | 'plain';
}

export const firstState: ScreenState = {
  focus: 'services',
  zoomed: false,
  overlay: 'none',
  helpTop: 0,
  filter: '',
  filtering: false,
  service: undefined,
  activity: 0,
  problem: 0,
  test: 0,
  message: undefined,
  question: undefined,
};

/** Names that the filter lets through, in their order. */
export function shownServices(names: readonly string[], filter: string): readonly string[] {
  const wanted = filter.toLowerCase();
  return wanted === '' ? names : names.filter((name) => name.toLowerCase().includes(wanted));
}

/** The service that keys are about; undefined when the filter lets none through. */
export function chosenService(
  names: readonly string[],
  { filter, service }: Pick<ScreenState, 'filter' | 'service'>,
): string | undefined {
  const shown = shownServices(names, filter);
  return service !== undefined && shown.includes(service) ? service : shown[0];
}
