// The calendar file that reminds of the secret's expiry.
import ical, { ICalAlarmType, ICalCalendarMethod, ICalEventTransparency } from 'ical-generator'
import type { TextFile } from '../contract/models/handover.ts'
import { AppError } from './app-error.ts'
import type { ProvisioningRecord } from './entra/provisioning-record.ts'
import { ALERT_DAYS } from './secret-level.ts'

const DAY_SECONDS = 86_400

/** An .ics file with one event and its alarms. Throws AppError secret-unknown without a secret. */
export function createCalendar({
  record,
  now,
}: {
  record: ProvisioningRecord | null
  now: Date
}): TextFile {
  const secret = record?.clientSecret
  const endsAt = new Date(secret?.endDateTime ?? '')
  if (!secret || Number.isNaN(endsAt.getTime())) {
    throw new AppError('secret-unknown', {
      message: 'EMI Tray does not know when the client secret expires.',
      nextStep: 'Finish the set-up first: it makes a secret and notes its end.',
    })
  }
  const name = record.displayName
  const summary = `Client secret of ${name} expires`
  const calendar = ical({
    prodId: { company: 'EMI Tray', product: 'EMI Tray' },
    method: ICalCalendarMethod.PUBLISH,
  })
  const event = calendar.createEvent({
    // The same secret is the same event, however often its file is made; a new secret is a new event.
    id: `secret-${secret.keyId}@emi-tray`,
    allDay: true,
    start: endsAt,
    stamp: now,
    summary,
    description: whatToDo(record, endsAt),
    transparency: ICalEventTransparency.TRANSPARENT,
  })
  for (const days of ALERT_DAYS.filter((one) => one > 0)) {
    event.createAlarm({
      type: ICalAlarmType.display,
      triggerBefore: days * DAY_SECONDS,
      description: `${summary} in ${days} ${days === 1 ? 'day' : 'days'}`,
    })
  }
  return {
    name: `client-secret-expires-${secret.endDateTime.slice(0, 10)}.ics`,
    mediaType: 'text/calendar',
    text: `${calendar.toString()}\r\n`,
  }
}

function whatToDo({ displayName, appId, tenantDisplayName }: ProvisioningRecord, at: Date): string {
  const moment = `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return [
    `The client secret of ${displayName} (Client ID ${appId}, ${tenantDisplayName}) expires at ${moment}. Then Microsoft refuses Bright Pattern, and agents lose Microsoft Teams.`,
    'Before that:',
    '1. In EMI Tray open Application, then Secrets, and press Rotate the secret. The old one keeps working.',
    '2. In Bright Pattern open Call Center Configuration, Integration Accounts, Microsoft Teams. Edit the integration account, never delete it: deleting it disables Teams for every agent. Enter the new secret, press Test connection, then Apply.',
    '3. Confirm it in EMI Tray. Only then is the old secret removed.',
  ].join('\n')
}
