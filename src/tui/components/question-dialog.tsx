import type { Question } from '../state/screen-state.ts';
import { line } from '../text/line.ts';
import { wrapWords } from '../text/wrap.ts';
import type { View } from '../view.ts';
import { choice, Dialog, dialogWidth } from './dialog.tsx';

/** What cannot go on without an answer. The keys come first: they are there on the smallest screen. */
export function QuestionDialog({ view, question }: { readonly view: View; readonly question: Question }) {
  const width = dialogWidth(view);
  const lines = [
    choice('y', question.yes, width),
    choice('n Esc', question.no, width),
    line([], width),
    ...wrapWords(question.text, width - 2).map((text) => line([[` ${text}`]], width)),
  ];
  return <Dialog view={view} title={question.title} lines={lines} />;
}
