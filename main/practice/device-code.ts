// Device codes: handed out, entered on the page, polled for at the token endpoint.
import { randomBytes, randomInt } from 'node:crypto'
import { type Client, findClient } from './clients.ts'
import { type EntraError, refusals } from './entra-errors.ts'
import type { PracticeResponse } from './listener.ts'
import type { PracticePerson } from './people.ts'
import { type AskedScopes, readScopes } from './scopes.ts'
import type { Tenant } from './tenant.ts'

export interface WaitingDevice {
  userCode: string
  client: Client
  scopes: AskedScopes
}

export interface DeviceCodes {
  start(form: Record<string, string>): PracticeResponse
  findWaiting(userCode: string): WaitingDevice | undefined
  approve(userCode: string, person: PracticePerson): void
  decline(userCode: string, refusal: EntraError): void
  /** The signed-in person and scopes, once. @throws EntraError while there is nothing to hand out. */
  redeem(deviceCode: string, client: Client): { person: PracticePerson; scopes: AskedScopes }
}

interface Device extends WaitingDevice {
  expiresAt: number
  polledAt: number | undefined
  outcome: { person: PracticePerson } | { refusal: EntraError } | undefined
}

const LIFETIME_SECONDS = 900
const INTERVAL_SECONDS = 5
// A timer may fire a little early and the network may hurry: only clearly faster polling is refused.
const POLL_TOLERANCE_MS = 1_000
const LETTERS = 'BCDFGHJKLMNPQRSTVWXYZ23456789'
const CODE_LENGTH = 9

/** The device codes of one tenant; in memory only. */
export function createDeviceCodes(tenant: Tenant): DeviceCodes {
  const devices = new Map<string, Device>()
  const byUserCode = (userCode: string): Device | undefined => {
    const wanted = userCode.replaceAll(/[\s-]/g, '').toUpperCase()
    const found = [...devices.values()].find((device) => device.userCode === wanted)
    return found && found.expiresAt > tenant.now() ? found : undefined
  }
  return {
    start: (form) => {
      const client = findClient(tenant, form['client_id'])
      const scopes = readScopes(tenant, client, form['scope'])
      for (const [name, device] of devices) {
        if (device.expiresAt <= tenant.now()) devices.delete(name)
      }
      const deviceCode = randomBytes(48).toString('base64url')
      const userCode = Array.from({ length: CODE_LENGTH }, () =>
        LETTERS.charAt(randomInt(LETTERS.length)),
      ).join('')
      devices.set(deviceCode, {
        userCode,
        client,
        scopes,
        expiresAt: tenant.now() + LIFETIME_SECONDS * 1000,
        polledAt: undefined,
        outcome: undefined,
      })
      const verificationUri = `${tenant.pagesOrigin}/devicelogin`
      return {
        status: 200,
        body: {
          user_code: userCode,
          device_code: deviceCode,
          verification_uri: verificationUri,
          expires_in: LIFETIME_SECONDS,
          interval: INTERVAL_SECONDS,
          message:
            `To sign in, use a web browser to open the page ${verificationUri} and enter the ` +
            `code ${userCode} to authenticate.`,
        },
      }
    },
    findWaiting: (userCode) => {
      const device = byUserCode(userCode)
      return device && !device.outcome ? device : undefined
    },
    approve: (userCode, person) => {
      const device = byUserCode(userCode)
      if (device) device.outcome = { person }
    },
    decline: (userCode, refusal) => {
      const device = byUserCode(userCode)
      if (device) device.outcome = { refusal }
    },
    redeem: (deviceCode, client) => {
      const device = devices.get(deviceCode)
      if (device?.client.appId !== client.appId) throw refusals.badDeviceCode()
      const now = tenant.now()
      if (device.expiresAt <= now) throw refusals.deviceExpired()
      if (!device.outcome) {
        const tooSoon =
          device.polledAt !== undefined &&
          now - device.polledAt < INTERVAL_SECONDS * 1000 - POLL_TOLERANCE_MS
        device.polledAt = now
        throw tooSoon ? refusals.slowDown() : refusals.pending()
      }
      devices.delete(deviceCode)
      if ('refusal' in device.outcome) throw device.outcome.refusal
      return { person: device.outcome.person, scopes: device.scopes }
    },
  }
}
