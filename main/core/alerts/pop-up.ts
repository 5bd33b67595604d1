// Alerts → one pop-up: several are counted and named, the most severe one leads.
import type { Alert } from '../../contract/models/health.ts'
import type { PopUp } from '../ports/machine.ts'

const severities: Alert['severity'][] = ['info', 'warning', 'critical']

/** One pop-up for alerts that are told together; a click leads to the most severe. */
export function popUpOf(alerts: Alert[]): PopUp {
  const rank = ({ severity }: Alert) => severities.indexOf(severity)
  const [first, ...rest] = alerts.toSorted((a, b) => rank(b) - rank(a))
  if (!first) return { title: '', text: '', page: 'overview', severity: 'info' }
  const { title, text, page, severity } = first
  if (rest.length === 0) return { title, text, page, severity }
  const titles = [first, ...rest].map((one) => one.title)
  return {
    title: `${alerts.length} things need attention`,
    text: `${titles.join('. ')}.`,
    // Several pages are concerned: the overview shows them all.
    page: rest.every((one) => one.page === page) ? page : 'overview',
    severity,
  }
}
