import type { View } from '../view.ts';
import { choice, Dialog, dialogWidth } from './dialog.tsx';

/** Asks what is to become of what runs. */
export function QuitDialog({ view }: { readonly view: View }) {
  const width = dialogWidth(view);
  const lines = [
    choice('l Enter', 'leave everything running', width),
    choice('d', `down: remove it from ${view.project.namespace}`, width),
    choice('c Esc', 'cancel', width),
  ];
  return <Dialog view={view} title="end kdev watch?" lines={lines} />;
}
