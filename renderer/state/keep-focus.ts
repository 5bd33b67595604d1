// Keeps the keyboard's and the reader's place when the button that was pressed goes away.

const focusable =
  'button:not(:disabled), a[href], input:not(:disabled), select:not(:disabled), textarea:not(:disabled), summary'

/**
 * An attachment for the page: when the element that has the focus is removed, the nearest place left gets it.
 * Without it a reader would start again at the top after “Apply” has become “Stop”.
 */
export function keepFocus(page: HTMLElement): () => void {
  let places: HTMLElement[] = []

  function note({ target }: FocusEvent): void {
    places = target instanceof HTMLElement ? placesOf(target, page) : []
  }

  function settle(): void {
    const [focused, ...around] = places
    if (!focused || focused.isConnected) return
    places = []
    // Somebody has taken care of it already, such as a dialog.
    if (document.activeElement !== document.body) return
    const place = around.find((one) => one.isConnected)
    if (!place) return
    const next = [...place.querySelectorAll<HTMLElement>(focusable)].find(isShown)
    ;(next ?? page).focus({ preventScroll: true })
  }

  const observer = new MutationObserver(settle)
  page.addEventListener('focusin', note)
  observer.observe(page, { childList: true, subtree: true })
  return () => {
    observer.disconnect()
    page.removeEventListener('focusin', note)
  }
}

/** The element and what it stands in, up to the page. */
function placesOf(element: HTMLElement, page: HTMLElement): HTMLElement[] {
  const places: HTMLElement[] = []
  for (
    let place: HTMLElement | null = element;
    place && place !== page;
    place = place.parentElement
  ) {
    places.push(place)
  }
  return [...places, page]
}

function isShown(element: HTMLElement): boolean {
  return element.checkVisibility()
}
