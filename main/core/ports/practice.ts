// What the core may do with the practice tenant.
import type { PracticeState } from '../../contract/models/practice.ts'

/** What the core may do with the practice tenant; null with Microsoft. */
export interface PracticePort {
  tenantDisplayName: string
  people: {
    id: string
    displayName: string
    userPrincipalName: string
    role: string
    jobTitle: string
  }[]
  chats(): { id: string; topic: string; kind: 'chat' | 'channel' }[]
  traffic(): { on: boolean; perMinute: number }
  setTraffic(traffic: { on: boolean; perMinute: number }): void
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
