// Escape closes one thing at a time, the topmost first.

/**
 * True where Escape is left for a panel beside the page, which then counts as used: a dialog closes by itself, a field
 * with something in it is emptied first, and of two panels one closes.
 */
export function takesEscape(event: KeyboardEvent): boolean {
  const { key, target, defaultPrevented } = event
  if (key !== 'Escape' || defaultPrevented) return false
  if (target instanceof HTMLInputElement && target.type === 'search' && target.value !== '') {
    return false
  }
  event.preventDefault()
  return true
}
