// What every page is given: the client, and the state that outlives a page.
import type { TextFile } from '../../main/contract/models/handover.ts'
import { CallError, type PageClient } from '../client.ts'
import { t } from '../texts/texts.ts'
import { AppStateFeed } from './app-state.svelte.ts'
import { AuditList } from './audit-list.svelte.ts'
import { Clock } from './clock.svelte.ts'
import { NameBook } from './delivery-names.svelte.ts'
import { HandoverCopy } from './handover-copy.svelte.ts'
import { LogStream } from './log-stream.svelte.ts'
import { Navigation } from './navigation.svelte.ts'
import { saveFile, savePortOf } from './save-file.ts'
import { SecretReveal } from './secret-reveal.svelte.ts'
import { Selection } from './selection.svelte.ts'
import { SettingsEditor } from './settings-editor.svelte.ts'

/** The pages' model. */
export interface PageModel {
  client: PageClient
  feed: AppStateFeed
  log: LogStream
  /** Names of senders and chats, by notification. */
  names: NameBook
  clock: Clock
  navigation: Navigation
  editor: SettingsEditor
  copy: HandoverCopy
  reveal: SecretReveal
  audit: AuditList
  /** What the next repair is to take away; nothing at first. */
  driftRemovals: Selection
  /** What the clean exit is to remove; everything at first. */
  exitRemovals: Selection
  /** Offers a file to be saved. */
  save: (file: TextFile) => void
}

/** Builds the model for a window. */
export function createPageModel(client: PageClient, window: Window): PageModel {
  const after = (milliseconds: number, work: () => void): (() => void) => {
    const timer = window.setTimeout(work, milliseconds)
    return () => window.clearTimeout(timer)
  }
  const savePort = savePortOf(window, after)
  return {
    client,
    feed: new AppStateFeed(client),
    log: new LogStream(client),
    names: new NameBook(client),
    clock: new Clock({
      now: () => Date.now(),
      every(milliseconds, work) {
        const timer = window.setInterval(work, milliseconds)
        return () => window.clearInterval(timer)
      },
    }),
    navigation: new Navigation(window),
    editor: new SettingsEditor({ client, after }),
    reveal: new SecretReveal({ client, after }),
    audit: new AuditList(client),
    driftRemovals: new Selection(false),
    exitRemovals: new Selection(true),
    save: (file) => saveFile(file, savePort),
    copy: new HandoverCopy({
      client,
      after,
      writeText: (text) => writeClipboard(window, text),
      hasFocus: () => window.document.hasFocus(),
      onNextFocus(work) {
        window.addEventListener('focus', work, { once: true })
        return () => window.removeEventListener('focus', work)
      },
      now: () => Date.now(),
    }),
  }
}

async function writeClipboard(window: Window, text: string): Promise<void> {
  try {
    await window.navigator.clipboard.writeText(text)
  } catch (error) {
    throw new CallError({
      code: 'unexpected',
      message: t.errors.copyBlocked,
      nextStep: t.errors.copyBlockedNext,
      details: error instanceof Error ? error.message : null,
      reference: '',
      at: new Date().toISOString(),
    })
  }
}
