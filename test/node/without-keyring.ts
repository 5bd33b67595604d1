// Used as `node --import …/without-keyring.ts`: an installation whose native keychain module is missing or damaged.
import { registerHooks } from 'node:module'

registerHooks({
  resolve: (specifier, context, next) => {
    if (specifier === '@napi-rs/keyring') throw new Error('Cannot find native binding.')
    return next(specifier, context)
  },
})
