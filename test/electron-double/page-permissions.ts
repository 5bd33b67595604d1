// In the page: asks the session's permission request handler before the browser's own functions that need a permission.

type Call = (...args: unknown[]) => unknown

/**
 * Puts a question to the main process in front of each function that asks for a permission in Electron.
 * The function itself then runs and meets what Chromium was told meanwhile.
 * It may use nothing from outside its own body: the page gets it as text.
 */
export function installPermissionRequests(ask: (permission: string) => Promise<boolean>): void {
  const guarded: [permission: string, owner: object | undefined, names: string[]][] = [
    ['notifications', Reflect.get(window, 'Notification'), ['requestPermission']],
    ['clipboard-read', navigator.clipboard, ['read', 'readText']],
    ['clipboard-sanitized-write', navigator.clipboard, ['write', 'writeText']],
    ['media', navigator.mediaDevices, ['getUserMedia']],
    ['midi', navigator, ['requestMIDIAccess']],
  ]
  for (const [permission, owner, names] of guarded) {
    for (const name of names) {
      wrap(owner, name, (native) => async (...args) => {
        await ask(permission)
        return native(...args)
      })
    }
  }
  for (const name of ['getCurrentPosition', 'watchPosition']) {
    wrap(navigator.geolocation, name, (native) => (...args) => {
      void ask('geolocation').then(() => native(...args))
      return 0
    })
  }

  function wrap(holder: object | undefined, name: string, around: (native: Call) => Call): void {
    // An insecure page has no such object: there is nothing to ask for.
    if (holder === undefined) return
    const native: unknown = Reflect.get(holder, name)
    if (typeof native !== 'function') return
    const call: Call = (...args) => Reflect.apply(native, holder, args) as unknown
    Object.defineProperty(holder, name, { value: around(call), configurable: true, writable: true })
  }
}
