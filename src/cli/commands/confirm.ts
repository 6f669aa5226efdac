import type { Command } from '../command.ts';

export const confirm: Command = {
  name: 'confirm',
  args: [['[SERVICE...]', 'only these (default: every one that waits for an answer)']],
  summary: 'say that held deletions are meant',
  description:
    'Answers what the running kdev watch asks when more files are gone at once than an edit explains: yes, they are to go ' +
    'from the containers, too. Ends with 0 also where nothing is held back; with --dry-run, with 1 when something is.',
  options: [
    ['--keep', 'no: the containers keep these files, until they are here again or confirmed after all'],
    ['--dry-run', 'only shows what is held back'],
  ],
  examples: [
    ['kdev confirm', 'everything that is held back'],
    ['kdev confirm adder --keep', 'the files of one service stay in its containers'],
  ],
  onProject: true,
  output: 'answer',
  run: async (invocation) => {
    const { chooseServices } = await import('../../config/choose-services.ts');
    const { openProject } = await import('../open-project.ts');
    const { confirmDeletions, confirmedText } = await import('../confirm-deletions.ts');
    const { withSession } = await import('../with-session.ts');
    const { answer, args, flags, options, signal } = invocation;
    const opened = await openProject(invocation);
    chooseServices(opened.project, args); // a name that is wrong is said at once
    const asked = options['dryRun'] === true ? 'held' : options['keep'] === true ? 'kept' : 'deleted';
    const found = await withSession(opened, invocation, (session) =>
      confirmDeletions({ session, services: args, answer: asked, signal }),
    );
    answer(flags.json ? JSON.stringify(found, undefined, 2) : confirmedText(found));
    return asked === 'held' && found.held.length > 0 ? 1 : 0;
  },
};
