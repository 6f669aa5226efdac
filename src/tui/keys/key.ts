/** One key press, as the panels see it. */
export interface Key {
  readonly name:
    | 'up'
    | 'down'
    | 'left'
    | 'right'
    | 'pageup'
    | 'pagedown'
    | 'home'
    | 'end'
    | 'enter'
    | 'escape'
    | 'tab'
    | 'backtab'
    | 'backspace'
    | 'delete'
    /** A printable character, in `text`. */
    | 'text'
    /** A letter with Ctrl, in `text`. */
    | 'ctrl'
    /** What was pasted, whole, in `text`. */
    | 'paste';
  readonly text: string;
}
