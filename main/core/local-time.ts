// Times as people at this computer read them: ISO 8601 with the local offset, so that nothing is lost.

/** Such as 2026-03-02T10:00:00+01:00. `offsetMinutes` is east of Greenwich; this computer's unless given. */
export function localIso(time: Date, offsetMinutes = -time.getTimezoneOffset()): string {
  const shifted = new Date(time.getTime() + offsetMinutes * 60_000).toISOString().slice(0, 19)
  const minutes = Math.abs(offsetMinutes)
  const two = (value: number) => String(value).padStart(2, '0')
  const sign = offsetMinutes < 0 ? '-' : '+'
  return `${shifted}${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}
