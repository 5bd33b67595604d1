// OpenMetrics text: families of metrics and histograms → the exposition that monitoring systems read.

/** A number with its labels. Labels must never hold what belongs to a person. */
export interface Sample {
  labels?: Record<string, string>
  value: number
}

export type Family =
  | { type: 'counter' | 'gauge'; name: string; help: string; unit?: string; samples: Sample[] }
  | { type: 'info'; name: string; help: string; labels: Record<string, string> }
  | { type: 'histogram'; name: string; help: string; unit: string; histogram: HistogramCounts }

/** How many observations were at most each bound, all of them, and their sum. */
export interface HistogramCounts {
  bounds: readonly number[]
  /** Of each bucket alone; one more than bounds: what lies above them. */
  counts: readonly number[]
  sum: number
}

/** https://prometheus.io/docs/specs/om/open_metrics_spec/ */
export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

/** The exposition of all families, each told once. */
export function openMetricsText(families: Family[]): string {
  return `${families.map(familyText).join('')}# EOF\n`
}

function familyText(family: Family): string {
  const { type, name, help } = family
  const unit = 'unit' in family && family.unit ? `# UNIT ${name} ${family.unit}\n` : ''
  return `# TYPE ${name} ${type}\n${unit}# HELP ${name} ${escaped(help)}\n${samplesOf(family)}`
}

function samplesOf(family: Family): string {
  switch (family.type) {
    case 'info':
      return line(`${family.name}_info`, family.labels, 1)
    case 'counter':
    case 'gauge': {
      const name = family.type === 'counter' ? `${family.name}_total` : family.name
      return family.samples.map(({ labels, value }) => line(name, labels, value)).join('')
    }
    case 'histogram':
      return histogramText(family.name, family.histogram)
  }
}

function histogramText(name: string, { bounds, counts, sum }: HistogramCounts): string {
  let total = 0
  const buckets = [...bounds, Infinity].map((bound, index) => {
    total += counts[index] ?? 0
    return line(`${name}_bucket`, { le: canonical(bound) }, total)
  })
  return `${buckets.join('')}${line(`${name}_count`, {}, total)}${line(`${name}_sum`, {}, sum)}`
}

function line(name: string, labels: Record<string, string> | undefined, value: number): string {
  const pairs = Object.entries(labels ?? {}).map(([key, text]) => `${key}="${escaped(text)}"`)
  const label = pairs.length === 0 ? '' : `{${pairs.join(',')}}`
  return `${name}${label} ${numberText(value)}\n`
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  if (Number.isNaN(value)) return 'NaN'
  return value > 0 ? '+Inf' : '-Inf'
}

/** Bounds are labels, so that each has one spelling only. */
function canonical(bound: number): string {
  if (bound === Infinity) return '+Inf'
  return Number.isInteger(bound) ? `${bound}.0` : String(bound)
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
