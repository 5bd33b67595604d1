// Keeps the double from being kinder than what it stands in for: what it lacks throws instead of being undefined.

/** Wraps an object so that reading a member it does not have throws, naming the member. */
export function strict<T extends object>(name: string, members: T): T {
  return new Proxy(members, {
    get(target, key): unknown {
      // A promise looks for "then" on whatever it is given.
      if (key in target || typeof key === 'symbol' || key === 'then' || key === '__esModule') {
        return Reflect.get(target, key)
      }
      throw new Error(`${name}.${key} is not implemented in the test double`)
    },
  })
}

/** Says at once that something of the API is missing here. */
export function notImplemented(what: string): never {
  throw new Error(`${what} is not implemented in the test double`)
}
