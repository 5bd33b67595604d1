// What the core may do with the practice tenant.
import type { PracticeState } from '../../contract/models/practice.ts'

/** What the core may do with the practice tenant; null with Microsoft. */
export interface PracticePort {
  tenantDisplayName: string
  people: PracticeState['people']
  chats(): PracticeState['chats']
  traffic(): PracticeState['traffic']
  setTraffic(traffic: PracticeState['traffic']): void
  faults(): PracticeState['faults']
  /** Throws AppError not-found for an unknown name. */
  setFault(name: string, on: boolean): void
  actions(): PracticeState['actions']
  /** Does something once behind our back. Throws AppError not-found for an unknown name. */
  act(name: string): Promise<void>
  replicationSeconds(): number
  setReplicationSeconds(seconds: number): void
  say(message: { chatId: string; personId: string; text: string }): Promise<void>
  /** Plays the person at the browser on the real sign-in page. */
  signInAs(personId: string, authorizeUrl: string, signal: AbortSignal): Promise<void>
}
