// Events as Electron hands them to listeners.

/** An event a listener can stop. */
export interface Stoppable {
  readonly defaultPrevented: boolean
  preventDefault(): void
}

/** Makes an event, with the details of its kind. */
export function createEvent<T extends object>(details: T): T & Stoppable
export function createEvent(): Stoppable
export function createEvent(details: object = {}): Stoppable {
  let prevented = false
  const event = {
    get defaultPrevented() {
      return prevented
    },
    preventDefault() {
      prevented = true
    },
  }
  return Object.defineProperties(
    { ...details },
    Object.getOwnPropertyDescriptors(event),
  ) as Stoppable
}
