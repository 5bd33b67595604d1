// Settings of a page that change nothing a headless page could show: zoom and developer tools.
import { EventEmitter } from 'node:events'
import { double } from './records.ts'

export class ContentsSettings extends EventEmitter {
  zoomFactor = 1
  zoomLevel = 0
  audioMuted = false
  #devTools = false

  getZoomFactor(): number {
    return this.zoomFactor
  }
  setZoomFactor(factor: number): void {
    this.zoomFactor = factor
  }
  getZoomLevel(): number {
    return this.zoomLevel
  }
  setZoomLevel(level: number): void {
    this.zoomLevel = level
  }
  setVisualZoomLevelLimits(): Promise<void> {
    return Promise.resolve()
  }

  openDevTools(): void {
    this.#devTools = true
    double.devToolsOpened++
    this.emit('devtools-opened')
  }
  closeDevTools(): void {
    this.#devTools = false
  }
  isDevToolsOpened(): boolean {
    return this.#devTools
  }
}
