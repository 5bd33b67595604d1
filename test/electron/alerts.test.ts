import { expect, test } from 'vitest'
import type { Alert } from '../../main/contract/models.ts'
import { createAlerts, type PopUp, type PopUps } from '../../main/electron/alerts.ts'

const alert: Alert = {
  id: 'secret-key-1-30',
  at: '2026-03-02T09:00:00.000Z',
  title: 'The client secret expires in 30 days',
  text: 'Replace it.',
  page: 'application',
}

/** A desktop that keeps what is shown, and lets a test press it. */
function desktop({ isSupported = true } = {}) {
  const shown: { title: string; body: string; emit: (event: 'click' | 'close') => void }[] = []
  class MemoryPopUp implements PopUp {
    #options: { title: string; body: string }
    #listeners: { event: string; listener: () => void }[] = []

    constructor(options: { title: string; body: string }) {
      this.#options = options
    }
    static isSupported(): boolean {
      return isSupported
    }
    on(event: 'click' | 'close', listener: () => void): void {
      this.#listeners.push({ event, listener })
    }
    show(): void {
      const emit = (event: 'click' | 'close') => {
        for (const one of this.#listeners) if (one.event === event) one.listener()
      }
      shown.push({ ...this.#options, emit })
    }
  }
  const popUps: PopUps = MemoryPopUp
  return { shown, popUps }
}

test('an alert is a pop-up, and a click opens the page where something can be done', () => {
  const { shown, popUps } = desktop()
  const opened: string[] = []
  createAlerts(popUps, (page) => opened.push(page))(alert)
  expect(shown).toMatchObject([{ title: alert.title, body: alert.text }])
  expect(opened).toEqual([])
  shown[0]?.emit('click')
  expect(opened).toEqual(['application'])
})

test('closing a pop-up opens nothing', () => {
  const { shown, popUps } = desktop()
  const opened: string[] = []
  createAlerts(popUps, (page) => opened.push(page))(alert)
  shown[0]?.emit('close')
  expect(opened).toEqual([])
})

test('a desktop without pop-ups is left in peace', () => {
  const { shown, popUps } = desktop({ isSupported: false })
  createAlerts(popUps, () => {})(alert)
  expect(shown).toEqual([])
})
