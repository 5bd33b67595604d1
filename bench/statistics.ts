// The few numbers that the benches print.

/** The middle one of the values. */
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? NaN
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN
  return (lower + upper) / 2
}

/** The value below which this share of all lies. */
export function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}

/** With two digits after the point. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

/** A value with what it must not exceed, and whether it does not. */
export function held(
  value: number,
  limit: number,
): { value: number; limit: number; held: boolean } {
  return { value, limit, held: value <= limit }
}

/** A value with what it must reach, and whether it does. */
export function reached(
  value: number,
  target: number,
): { value: number; target: number; held: boolean } {
  return { value, target, held: value >= target }
}
