import { expect, test } from 'vitest'
import type { PopUp } from '../../main/core/ports/machine.ts'
import { createPopUps, type SystemPopUp, type SystemPopUps } from '../../main/electron/alerts.ts'

const alert: PopUp = {
  severity: 'warning',
  title: 'The client secret expires in 30 days',
  text: 'Replace it.',
  page: 'application',
}

/** A desktop that keeps what is shown, and lets a test press it. */
function desktop({ isSupported = true } = {}) {
  const shown: {
    title: string
    body: string
    silent: boolean
    emit: (event: 'click' | 'close') => void
  }[] = []
  class MemoryPopUp implements SystemPopUp {
    #options: { title: string; body: string; silent: boolean }
    #listeners: { event: string; listener: () => void }[] = []

    constructor(options: { title: string; body: string; silent: boolean }) {
      this.#options = options
    }
    static isSupported(): boolean {
      return isSupported
    }
    on(event: string, listener: () => void): void {
      this.#listeners.push({ event, listener })
    }
    show(): void {
      const emit = (event: 'click' | 'close') => {
        for (const one of this.#listeners) if (one.event === event) one.listener()
      }
      shown.push({ ...this.#options, emit })
    }
  }
  const popUps: SystemPopUps = MemoryPopUp
  const opened: string[] = []
  const host = { open: (page: string) => opened.push(page), isWatched: () => false }
  return { shown, opened, show: (popUp: PopUp) => createPopUps(popUps, host).show(popUp) }
}

test('an alert is a pop-up, and a click opens the page where something can be done', () => {
  const { shown, opened, show } = desktop()
  show(alert)
  expect(shown).toMatchObject([{ title: alert.title, body: alert.text }])
  expect(opened).toEqual([])
  shown[0]?.emit('click')
  expect(opened).toEqual(['application'])
})

test('closing a pop-up opens nothing', () => {
  const { shown, opened, show } = desktop()
  show(alert)
  shown[0]?.emit('close')
  expect(opened).toEqual([])
})

test('a desktop without pop-ups is left in peace', () => {
  const { shown, opened, show } = desktop({ isSupported: false })
  show(alert)
  expect(shown).toEqual([])
  expect(opened).toEqual([])
})

test('only what stops messages makes a sound', () => {
  const { shown, show } = desktop()
  show(alert)
  show({ ...alert, severity: 'critical' })
  expect(shown.map(({ silent }) => silent)).toEqual([true, false])
})
