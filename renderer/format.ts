// Times, durations and counts as text: the only place where the pages turn numbers into words.

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const locale = 'en'
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
const dayFormat = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' })
const clockFormat = new Intl.DateTimeFormat(locale, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})
const exactFormat = new Intl.DateTimeFormat(locale, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'short',
})
const numberFormat = new Intl.NumberFormat(locale)

/** “3 minutes ago”, “in 2 days”; within ten seconds “just now” or “now”. `at` is ISO 8601, `now` in milliseconds. */
export function formatRelative(at: string, now: number): string {
  const difference = Date.parse(at) - now
  const size = Math.abs(difference)
  if (Number.isNaN(size)) return at
  // The pages' time stands still for a second at a time, so what just happened may be ahead of it.
  if (size < 10 * second) return difference <= second ? 'just now' : relative.format(0, 'second')
  if (size < minute) return relative.format(Math.trunc(difference / second), 'second')
  if (size < hour) return relative.format(Math.trunc(difference / minute), 'minute')
  if (size < day) return relative.format(Math.trunc(difference / hour), 'hour')
  if (size < 60 * day) return relative.format(Math.trunc(difference / day), 'day')
  return relative.format(Math.trunc(difference / (30 * day)), 'month')
}

/** The exact time with its zone, such as “Nov 23, 2026, 14:03:09 GMT+1”. */
export function formatExact(at: string): string {
  return isTime(at) ? exactFormat.format(new Date(at)) : at
}

/** The date alone, such as “Nov 23, 2026”. */
export function formatDay(at: string): string {
  return isTime(at) ? dayFormat.format(new Date(at)) : at
}

/** The time of day, such as “14:03:09”. */
export function formatClock(at: string): string {
  return isTime(at) ? clockFormat.format(new Date(at)) : at
}

/** A duration in words, such as “45 seconds” or “2 hours”. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < second) return inUnit(Math.max(0, Math.round(milliseconds)), 'millisecond')
  if (milliseconds < 90 * second) return inUnit(Math.round(milliseconds / second), 'second')
  if (milliseconds < 90 * minute) return inUnit(Math.round(milliseconds / minute), 'minute')
  if (milliseconds < 36 * hour) return inUnit(Math.round(milliseconds / hour), 'hour')
  return inUnit(Math.round(milliseconds / day), 'day')
}

/** A short duration for tables, such as “84 ms” or “1.2 s”. */
export function formatMilliseconds(milliseconds: number): string {
  if (milliseconds < second) return `${Math.max(0, Math.round(milliseconds))} ms`
  return `${(milliseconds / second).toFixed(1)} s`
}

/**
 * What is left until a time as minutes and seconds, such as “4:07”; “0:00” once it has passed.
 * Rounded down, as the page's clock is up to a second behind: five minutes begin at “5:00”.
 */
export function formatCountdown(until: string, now: number): string {
  const left = Math.max(0, Math.floor((Date.parse(until) - now) / second))
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`
}

/** Whole days until a time, negative once it has passed. */
export function daysUntil(at: string, now: number): number {
  return Math.floor((Date.parse(at) - now) / day)
}

/** A count with its thousands grouped. */
export function formatCount(count: number): string {
  return numberFormat.format(count)
}

/** A share of 0 to 1 in percent, such as “0.4 %”. */
export function formatShare(share: number): string {
  return `${numberFormat.format(Math.round(share * 1_000) / 10)} %`
}

function inUnit(value: number, unit: string): string {
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(value)
}

function isTime(at: string): boolean {
  return !Number.isNaN(Date.parse(at))
}
