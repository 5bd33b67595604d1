// Is the application in order? One badge and one sentence from everything that is known about it.
import type { DriftReport, DriftRow } from '../../main/contract/models/application.ts'
import type { AppState } from '../../main/contract/models/state.ts'
import type { Tone } from '../components/tone.ts'
import { t } from '../texts/texts.ts'

/** The answer at the top of the page. */
export interface Answer {
  tone: Tone
  word: string
  sentence: string
}

/** How far the application is from what it should be. */
export interface DriftCounts {
  missing: number
  different: number
  /** Things that could be taken away. */
  surplus: number
  unknown: number
}

/** The answer, the most urgent thing first. */
export function applicationAnswer(app: AppState): Answer {
  const { access, drift, secretCare } = app
  const { answers, words } = t.application
  if (!isKnown(app)) return { tone: 'neutral', word: words.notSetUp, sentence: answers.notSetUp }
  // The light above says it in full.
  const trouble = access && {
    tone: access.light,
    sentence: `${access.short} ${access.nextStep}`,
  }
  if (trouble?.tone === 'failed') return { ...trouble, word: words.failed }
  if (secretCare.level === 'expired') {
    return { tone: 'failed', word: words.failed, sentence: answers.secretExpired }
  }
  if (secretCare.rotation) {
    return { tone: 'working', word: words.working, sentence: answers.rotating }
  }
  if (trouble) return { ...trouble, word: words.attention }
  if (drift.report && !drift.report.inOrder && !drift.outdated) {
    return { tone: 'warning', word: words.attention, sentence: answers.notInOrder }
  }
  if (secretCare.level === 'soon' || secretCare.level === 'urgent') {
    const sentence = answers.secretEnds(secretCare.daysLeft ?? 0)
    return { tone: 'warning', word: words.attention, sentence }
  }
  if (drift.report) return { tone: 'ok', word: words.ok, sentence: answers.inOrder }
  if (!app.handover.ready) {
    return { tone: 'neutral', word: words.notSetUp, sentence: answers.partly }
  }
  return { tone: 'neutral', word: words.unknown, sentence: answers.notCompared }
}

/** Whether there is an application at all. */
export function isKnown(app: AppState): boolean {
  return app.handover.ready || app.drift.report !== null || app.secretCare.current !== null
}

/** What a comparison found, in numbers. */
export function driftCounts(report: DriftReport): DriftCounts {
  const rowsOf = (state: string): number => report.rows.filter((row) => row.state === state).length
  return {
    missing: rowsOf('missing'),
    different: rowsOf('different'),
    surplus: removalsOf(report).length,
    unknown: rowsOf('unknown'),
  }
}

/** Everything that repair may be asked to take away, each once. */
export function removalsOf(report: DriftReport): { id: string; name: string }[] {
  const found = new Map<string, string>()
  const note = (id: string | null, name: string): void => {
    if (id !== null && !found.has(id)) found.set(id, name)
  }
  for (const one of report.permissions) {
    note(one.removalId, t.application.permissionOf(one.value, t.plan.kinds[one.kind]))
  }
  for (const one of report.secrets) note(one.removalId, t.application.secretOf(one.hint))
  for (const row of report.rows) note(row.removalId, surplusName(row))
  return [...found].map(([id, name]) => ({ id, name }))
}

/** A surplus row by what it is and what stands there: several may be of one kind. */
export function surplusName(row: DriftRow): string {
  return t.application.surplusOf(row.name, row.found)
}
