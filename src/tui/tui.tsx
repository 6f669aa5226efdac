import { createCommandRunner, wordsOf } from './command-runner.ts';
import { App } from './components/app.tsx';
import type { Key } from './keys/key.ts';
import { createKeyboard } from './keys/keyboard.ts';
import { makeView, pressContext } from './make-view.ts';
import { isBusy } from './model/busy.ts';
import { emptyModel, type Model, type TimedEvent } from './model/model.ts';
import { reduce } from './model/reduce.ts';
import { createDrawing, type Drawing } from './screen/draw.tsx';
import { createFrameClock, type FrameClock } from './screen/frame-clock.ts';
import { createFullScreen } from './screen/full-screen.ts';
import { createPainter, type Painter } from './screen/painter.ts';
import { spellingOf } from './screen/spelling.ts';
import { createTerminalHolder, type TerminalHolder } from './screen/terminal-holder.ts';
import { type Command, press } from './state/press.ts';
import { firstState, type Message, type Question, type ScreenState } from './state/screen-state.ts';
import { summaryText } from './summary.ts';
import type { TuiOptions } from './tui-options.ts';
import type { View } from './view.ts';

const frameMs = 100;
/** How often what no event tells is looked at: states of replicas, the seconds of what is under way. */
const lookMs = 500;

/**
 * The screen of a running session. Events become a model, keys a state; what both amount to is drawn by Ink and painted
 * on the terminal's alternate screen, at most ten times a second.
 */
export class Tui {
  /** Resolves once the person has chosen an end; rejects when the screen itself fails. */
  readonly quit: Promise<'leave' | 'down'>;
  readonly #options: TuiOptions;
  readonly #ended = new AbortController();
  readonly #drawing: Drawing;
  readonly #painter: Painter;
  readonly #terminal: TerminalHolder;
  readonly #frames: FrameClock;
  readonly #stops: (() => void)[] = [];
  readonly #run: ReturnType<typeof createCommandRunner>;
  #model: Model = emptyModel;
  #state: ScreenState = firstState;
  #cancelLook: () => void = () => undefined;
  #seen = '';
  #choose: (how: 'leave' | 'down') => void = () => undefined;
  #answer: (yes: boolean) => void = () => undefined;
  #fail: (error: unknown) => void = () => undefined;

  constructor(options: TuiOptions) {
    this.#options = options;
    const { clock, env, stdin, stdout, process, controls, actions } = options;
    this.quit = new Promise((resolve, reject) => {
      this.#choose = resolve;
      this.#fail = reject;
    });
    // Whoever opened this screen looks at it when it gets there.
    this.quit.catch(() => undefined);
    const write = (text: string): void => void stdout.write(text);
    this.#drawing = createDrawing((error) => this.#fail(error));
    this.#painter = createPainter({ write, spell: spellingOf(env) });
    this.#frames = createFrameClock({ clock, minMs: frameMs, onFrame: () => this.#draw() });
    const keyboard = createKeyboard({ stdin, clock, onKey: (key) => this.#press(key) });
    this.#terminal = createTerminalHolder({
      ...{ keyboard, process, stdin },
      screen: createFullScreen({ write, process, onExit: () => keyboard.close() }),
      onBack: () => this.#redraw(),
    });
    this.#run = createCommandRunner({
      ...{ controls, actions, signal: this.#ended.signal },
      urlOf: (service) => this.#model.facts[service]?.urls[0],
      hasTests: (name) => options.project.services.find((each) => each.name === name)?.tests.length !== 0,
      testsOf: (service) => this.#model.tests.filter((each) => each.service === service),
      tell: (message) => this.#tell(message),
    });
  }

  /** Takes the terminal. */
  open(): void {
    const { listen, logs, stdout } = this.#options;
    const redraw = (): void => this.#redraw();
    stdout.on('resize', redraw);
    this.#stops.push(
      listen((event) => this.#take(event)),
      logs.onChange(() => this.#frames.request()),
      () => stdout.off('resize', redraw),
    );
    this.#terminal.open();
    this.#look();
  }

  /** Gives the terminal back; may be called twice. */
  close(): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort(new Error('the screen was closed'));
    this.#answer(false);
    for (const stop of this.#stops) stop();
    this.#cancelLook();
    this.#frames.stop();
    this.#terminal.close();
    this.#drawing.close();
  }

  /** Asks over everything else and resolves with the answer; false when the screen closes first. */
  ask(question: Question): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.#ended.signal.aborted) return resolve(false);
      this.#answer = resolve;
      this.#state = { ...this.#state, question };
      this.#frames.request();
    });
  }

  /** What the session came to. */
  summary(): string {
    return summaryText(this.#model, this.#options.clock.now());
  }

  #take(event: TimedEvent): void {
    const before = this.#model.activity;
    this.#model = reduce(this.#model, event);
    const { activity } = this.#model;
    const newest = before.at(-1);
    // Who looks at an older row goes on looking at that one.
    if (this.#state.activity > 0 && activity.at(-1) !== newest && activity.at(-2) === newest) {
      const chosen = Math.min(this.#state.activity + 1, activity.length - 1);
      this.#state = { ...this.#state, activity: chosen };
    }
    this.#frames.request();
  }

  /** Draws when something has changed that no event tells of. */
  #look(): void {
    const { controls, clock } = this.#options;
    const status = controls.status();
    const waits = status.some(({ replicas }) => replicas.some(({ restartsAt }) => restartsAt !== undefined));
    const seconds = isBusy(this.#model) || waits ? Math.floor(clock.now() / 1_000) : 0;
    const seen = JSON.stringify([status, controls.held, seconds]);
    if (seen !== this.#seen) this.#frames.request();
    this.#seen = seen;
    this.#cancelLook = clock.after(lookMs, () => this.#look());
  }

  #press(key: Key): void {
    const { logs } = this.#options;
    const { overlay, filtering, focus, question } = this.#state;
    const isPlain = overlay === 'none' && question === undefined && !filtering;
    const isSignal = key.name === 'ctrl' && (key.text === 'c' || key.text === 'z');
    this.#frames.request();
    if (isPlain && focus === 'logs' && !isSignal && logs.press(key)) return;
    const { state, command } = press(this.#state, key, pressContext(this.#view()));
    this.#state = state;
    if (command) this.#do(command);
  }

  #do(command: Command): void {
    switch (command.type) {
      case 'interrupt':
        this.#options.interrupt();
        break;
      case 'suspend':
        this.#terminal.suspend();
        break;
      case 'redraw':
        this.#redraw();
        break;
      case 'quit':
        this.#choose(command.how);
        break;
      case 'answer':
        this.#answer(command.yes);
        break;
      case 'show-logs':
        this.#options.logs.show(command.service);
        break;
      case 'shell':
        this.#shell(command.service).catch((error: unknown) => this.#fail(error));
        break;
      default:
        this.#run(command);
    }
  }

  async #shell(service: string): Promise<void> {
    const { actions } = this.#options;
    const message = await this.#terminal.lend(async (): Promise<Message> => {
      try {
        const code = await actions.shell(service, this.#ended.signal);
        return { text: `the shell in ${service} ended with ${code}`, tone: code === 0 ? 'good' : 'plain' };
      } catch (error) {
        return { text: wordsOf(error), tone: 'bad' };
      }
    });
    this.#tell(message);
  }

  #tell(message: Message): void {
    this.#state = { ...this.#state, message };
    this.#frames.request();
  }

  #redraw(): void {
    this.#painter.forget();
    this.#frames.request();
  }

  #draw(): void {
    if (!this.#terminal.isHere) return;
    const view = this.#view();
    const frame = this.#drawing.draw(<App view={view} logs={this.#options.logs} />, view.size.columns);
    this.#painter.paint(frame, view.size);
  }

  #view(): View {
    const { project, stdout, clock, controls } = this.#options;
    const size = { columns: stdout.columns || 80, rows: stdout.rows || 24 };
    return makeView({
      ...{ project, controls, size, model: this.#model, state: this.#state, now: clock.now() },
    });
  }
}
