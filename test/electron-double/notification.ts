// `Notification`: pop-ups of the desktop, recorded; a test presses them.
import { EventEmitter } from 'node:events'
import type { Notification, NotificationConstructorOptions } from 'electron'
import { play } from './play.ts'
import { needReady } from './readiness.ts'
import { double } from './records.ts'
import { strict } from './strict.ts'

/** What a test sees of a pop-up. */
export interface NotificationRecord {
  title: string
  body: string
  urgency: string
  silent: boolean
  closed: boolean
  /** A person presses the pop-up. */
  press: () => void
  /** A person, or the desktop after a while, takes it away. */
  dismiss: () => void
  /** A person presses one of its buttons. */
  pressAction: (index: number) => void
}

type Implemented = Pick<
  Notification,
  | 'show'
  | 'close'
  | 'title'
  | 'subtitle'
  | 'body'
  | 'silent'
  | 'urgency'
  | 'actions'
  | 'timeoutType'
>

class NotificationDouble extends EventEmitter implements Implemented {
  title: string
  subtitle: string
  body: string
  silent: boolean
  urgency: 'normal' | 'critical' | 'low'
  timeoutType: 'default' | 'never'
  actions: Electron.NotificationAction[]
  #record: NotificationRecord | undefined

  constructor(options: NotificationConstructorOptions = {}) {
    super()
    needReady('Cannot create Notification before app is ready')
    this.title = options.title ?? ''
    this.subtitle = options.subtitle ?? ''
    this.body = options.body ?? ''
    this.silent = options.silent ?? false
    this.urgency = options.urgency ?? 'normal'
    this.timeoutType = options.timeoutType ?? 'default'
    this.actions = options.actions ?? []
  }

  static isSupported(): boolean {
    return true
  }
  static handleActivation(): void {
    // Pop-ups of an earlier run exist on Windows only.
  }

  show(): void {
    const failure = double.notificationFailure
    if (failure !== '' && play.platform !== 'linux') {
      setImmediate(() => this.emit('failed', {}, failure))
      return
    }
    const { title, body, urgency, silent } = this
    this.#record = {
      title,
      body,
      urgency,
      silent,
      closed: false,
      press: () => this.emit('click', {}),
      dismiss: () => this.close(),
      pressAction: (index) => this.emit('action', { actionIndex: index }, index),
    }
    double.notifications.push(this.#record)
    setImmediate(() => this.emit('show', {}))
  }

  close(): void {
    if (!this.#record || this.#record.closed) return
    this.#record.closed = true
    this.emit('close', {})
  }
}

const Strict = strict('Notification', NotificationDouble)
export { Strict as Notification }
