// `dialog`: questions to the person at the machine, recorded; a test is that person.
import { needReady } from './readiness.ts'
import { double } from './records.ts'
import { strict } from './strict.ts'

export type DialogKind = 'message' | 'open' | 'save' | 'error'

/** What a test sees of a dialog. */
export interface DialogRecord {
  kind: DialogKind
  options: object
  answered: boolean
  /** Answers an open dialog, with what the dialog's promise gives in Electron. */
  answer: (answer: object) => void
}

/** A dialog with an answer in the queue is answered at once; another waits for `answer`, as for a person. */
function ask(kind: DialogKind) {
  return (...args: object[]): Promise<object> => {
    needReady('dialog module can only be used after app is ready')
    const queued = double.answers.shift()
    return new Promise((resolve) => {
      const record: DialogRecord = {
        kind,
        options: args.at(-1) ?? {},
        answered: false,
        answer(given) {
          record.answered = true
          resolve(complete(kind, given))
        },
      }
      double.dialogs.push(record)
      if (queued) record.answer(queued)
    })
  }
}

/** The synchronous forms stop the program until somebody answers, so the answer must be there already. */
function askNow(kind: DialogKind) {
  return (...args: object[]): object => {
    needReady('dialog module can only be used after app is ready')
    const answer = double.answers.shift()
    if (!answer)
      throw new Error(`A synchronous dialog (${kind}) found no answer in double.answers.`)
    const options = args.at(-1) ?? {}
    double.dialogs.push({ kind, options, answered: true, answer: () => undefined })
    return complete(kind, answer)
  }
}

const messageNow = askNow('message')
const openNow = askNow('open')
const saveNow = askNow('save')

export const dialog = strict('dialog', {
  showMessageBox: ask('message'),
  showOpenDialog: ask('open'),
  showSaveDialog: ask('save'),
  showMessageBoxSync: (...args: object[]): unknown => Reflect.get(messageNow(...args), 'response'),
  showOpenDialogSync: (...args: object[]): unknown => Reflect.get(openNow(...args), 'filePaths'),
  showSaveDialogSync: (...args: object[]): unknown => Reflect.get(saveNow(...args), 'filePath'),
  showErrorBox(title: string, content: string) {
    const options = { title, content }
    double.dialogs.push({ kind: 'error', options, answered: true, answer: () => undefined })
  },
})

function complete(kind: DialogKind, answer: object): object {
  if (kind === 'message') return { response: 0, checkboxChecked: false, ...answer }
  if (kind === 'open') return { canceled: false, filePaths: [], ...answer }
  if (kind === 'save') return { canceled: false, filePath: '', ...answer }
  return answer
}
