// Keeps how far a page was scrolled, so that a window that was closed opens where it was.

const key = 'emi.scroll'
/** How long a page may go on growing until it is as long as it was, in milliseconds. */
const patienceMs = 2_000

/** What keeping needs of its window. */
export interface ScrollPort {
  storage: Pick<Storage, 'getItem' | 'setItem'>
  hash: () => string
  after: (milliseconds: number, work: () => void) => () => void
}

/** An attachment for what scrolls: goes to where this page was, unless a person scrolls first, and notes each move. */
export function keepScroll(port: ScrollPort): (place: HTMLElement) => () => void {
  return (place) => {
    const wanted = savedTop(port)
    const stopGrowing = wanted > 0 ? scrollWhenLongEnough(place, wanted, port) : () => undefined
    const note = (): void => {
      port.storage.setItem(key, JSON.stringify({ hash: port.hash(), top: place.scrollTop }))
    }
    place.addEventListener('scrollend', note)
    place.addEventListener('wheel', stopGrowing, { passive: true })
    place.addEventListener('keydown', stopGrowing)
    return () => {
      stopGrowing()
      place.removeEventListener('scrollend', note)
      place.removeEventListener('wheel', stopGrowing)
      place.removeEventListener('keydown', stopGrowing)
    }
  }
}

/** How far the page at the present address was scrolled; 0 for another one. */
function savedTop({ storage, hash }: ScrollPort): number {
  try {
    const saved = JSON.parse(storage.getItem(key) ?? 'null') as {
      hash?: string
      top?: number
    } | null
    return saved?.hash === hash() && hash() !== '' ? (saved.top ?? 0) : 0
  } catch {
    return 0
  }
}

/** Lists fill after a page has opened. */
function scrollWhenLongEnough(place: HTMLElement, top: number, port: ScrollPort): () => void {
  const attempt = (): void => {
    if (place.scrollHeight - place.clientHeight < top) return
    place.scrollTop = top
    stop()
  }
  const observer = new MutationObserver(attempt)
  const cancel = port.after(patienceMs, () => stop())
  const stop = (): void => {
    observer.disconnect()
    cancel()
  }
  observer.observe(place, { childList: true, subtree: true })
  attempt()
  return stop
}
