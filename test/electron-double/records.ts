// What the running app did that nobody can see in headless Chromium, and what a test decides for it.
import type { TrayRecord } from './tray.ts'
import type { Menu } from './menu.ts'
import type { NotificationRecord } from './notification.ts'
import type { DialogRecord } from './dialog.ts'

/** The part of the test double a test reads and sets, through `evaluate(({ double }) => …)`. */
export const double = {
  trays: [] as TrayRecord[],
  notifications: [] as NotificationRecord[],
  /** Dialogs asked for so far; one without an answer waits, as it would for a person. */
  dialogs: [] as DialogRecord[],
  /** Answers for the dialogs to come, in order. */
  answers: [] as object[],
  /** Addresses and files handed to the desktop. */
  opened: [] as string[],
  /** Permissions asked for, and what the app decided. */
  permissions: [] as { permission: string; granted: boolean }[],
  /** Addresses outside this machine that a page asked for; none of them was reached. */
  blocked: [] as string[],
  /** Messages sent to a page that had not loaded, which Electron loses as well. */
  lostMessages: [] as string[],
  /** What the app did that this double cannot act out: a test that finds an entry proves nothing further. */
  unsupported: [] as string[],
  /** Windows: what starts with the session, by name; `approved` is the person's switch in the Task Manager. */
  runKey: {} as Record<string, { command: string; approved: boolean }>,
  /** macOS: what became of the login item; a person allows or forbids it in the system's settings. */
  loginStatus: 'not-registered' as 'not-registered' | 'enabled' | 'requires-approval' | 'not-found',
  protocolClients: [] as string[],
  switches: [] as { name: string; value?: string }[],
  relaunched: 0,
  devToolsOpened: 0,
  /** Context menus that were opened, as a person sees them; choose an item with its click(). */
  contextMenus: [] as Menu[],
  /** Downloads of pages, and whether the app let them be. */
  downloads: [] as { url: string; allowed: boolean }[],
  /** Windows and macOS: why pop-ups cannot be shown, such as an app that is not signed. */
  notificationFailure: '',
  crashReporter: undefined as object | undefined,
  appUserModelId: '',
  badgeCount: 0,
  clipboardText: '',
  /** What `session.resolveProxy` answers. */
  proxy: 'DIRECT',
  online: true,
  systemPrefersDark: false,
  secretBackend: 'gnome_libsecret' as
    'basic_text' | 'gnome_libsecret' | 'kwallet' | 'kwallet5' | 'kwallet6' | 'unknown',
}

export type DoubleRecords = typeof double
