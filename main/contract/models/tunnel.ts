// How this computer is reached from the Internet: the tunnel, its test from outside, its profiles and its secrets.
import type { ErrorReport } from '../errors.ts'
import type { CommandSettings, HostedSshSettings } from './settings.ts'

export type TunnelProviderId = 'static' | 'ssh' | 'hosted-ssh' | 'devtunnels' | 'command'

export type TunnelPhase = 'stopped' | 'connecting' | 'up' | 'degraded' | 'failed'

export interface TunnelState {
  provider: TunnelProviderId
  phase: TunnelPhase
  publicUrl: string | null
  since: string | null
  /** When the next attempt is due. */
  nextAttemptAt: string | null
  attempt: number
  lastProbe: ProbeResult | null
  error: ErrorReport | null
  /** Until when the way in that is used now can be opened again; null where that has no end. */
  validUntil: string | null
  /** That end is near. */
  endsSoon: boolean
}

/** One end-to-end test through the public URL. */
export interface ProbeResult {
  at: string
  /** Set where not this program answered but another EMI Tray. */
  answeredBy?: 'another-emi-tray'
  ok: boolean
  /** Each hop with its own result; milliseconds from the start of the hop. */
  hops: { name: string; ok: boolean; durationMs: number; message: string }[]
}

/** A ready-made choice for one of the two providers above. */
export interface TunnelProfile {
  id: string
  /** The service is for trying out: no service level, or another address at each start. */
  trialOnly: boolean
  /** Its address is fixed by its owner and has to be entered. */
  needsPublicUrl: boolean
  hostedSsh?: HostedSshSettings
  command?: CommandSettings
}

/** A text to set up a program of somebody else with, holding this installation's own values. */
export interface ConfigSnippet {
  name: 'nginx' | 'caddy' | 'iis' | 'sshd'
  text: string
}

/** The host key that an ssh gateway showed, for a person to compare. */
export interface SshHostKey {
  hostKey: string
  /** SHA-256 in OpenSSH's notation. */
  fingerprint: string
}

/** What came of trying a way to be reached before it is saved. */
export interface TriedOut {
  publicUrl: string
  probe: ProbeResult
}

/** Secrets of tunnel providers that are kept in the vault and never shown again. */
export type TunnelSecret = 'command' | 'devtunnels'

/** One that is kept. */
export interface KeptTunnelSecret {
  secret: TunnelSecret
  /** null where it has no end, or does not say. */
  validUntil: string | null
}
