/** A key as the terminal UI names it: `text` is one character, or with `ctrl` the letter. */
export interface PressedKey {
  readonly name: string;
  readonly text: string;
}

export type PromptOutcome =
  | { readonly type: 'open'; readonly text: string }
  | { readonly type: 'entered'; readonly text: string }
  | { readonly type: 'cancelled' };

/** One key in an open prompt that holds `text`. Erasing in an empty prompt closes it, as in vi. */
export function promptKey(text: string, key: PressedKey): PromptOutcome {
  switch (key.name) {
    case 'enter':
      return { type: 'entered', text };
    case 'escape':
      return { type: 'cancelled' };
    case 'backspace':
    case 'delete':
      return text === '' ? { type: 'cancelled' } : { type: 'open', text: [...text].slice(0, -1).join('') };
    case 'paste':
      return { type: 'open', text: text + key.text.replace(/\p{Cc}+/gu, ' ').trim() };
    case 'text':
      return { type: 'open', text: text + key.text };
    case 'ctrl':
      if (key.text === 'u') return { type: 'open', text: '' };
      if (key.text === 'w') return { type: 'open', text: text.replace(/\S*\s*$/, '') };
      return { type: 'open', text };
    default:
      return { type: 'open', text };
  }
}
