// The practice tenant as its drawer shows it.

export interface PracticeState {
  tenantDisplayName: string
  people: {
    id: string
    displayName: string
    userPrincipalName: string
    role: string
    jobTitle: string
  }[]
  chats: { id: string; topic: string; kind: 'chat' | 'channel' }[]
  traffic: { on: boolean; perMinute: number }
  faults: { name: string; group: PracticeGroup; description: string; on: boolean }[]
  /** What can be done once, behind EMI Tray's back. */
  actions: { name: string; description: string }[]
  /** Seconds until a new object, secret or grant is seen everywhere. */
  replicationSeconds: number
}

export type PracticeGroup = 'account' | 'policy' | 'directory' | 'service' | 'webhook'
