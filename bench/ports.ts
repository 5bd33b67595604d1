// The ports that the benches need and do not measure.
import type { Log } from '../main/core/log.ts'
import type { SecretStore } from '../main/core/ports/secret-store.ts'

const nothing = () => {}

/** A log that keeps nothing. */
export const noLog: Log = {
  debug: nothing,
  info: nothing,
  warning: nothing,
  error: nothing,
  delivery: nothing,
}

/** A vault in memory. */
export function noSecrets(): SecretStore {
  const values = new Map<string, string>()
  return {
    get: (name) => Promise.resolve(values.get(name)),
    set: (name, value) => {
      values.set(name, value)
      return Promise.resolve()
    },
    delete: (name) => {
      values.delete(name)
      return Promise.resolve()
    },
    clear: () => {
      values.clear()
      return Promise.resolve()
    },
  }
}
