// Has electron-updater ask the way everything else leaves this computer: its session's proxy, and the sign-in there.
import type { AuthInfo } from 'electron'
import type { AppUpdater } from 'electron-updater'
import type { UpdateRoute } from '../core/ports/machine.ts'
import { chromiumProxy } from '../node/chromium-proxy.ts'

/** Electron's callback: called with nothing, it gives the sign-in up. electron-updater's type leaves that out. */
type Answer = (username?: string, password?: string) => void

/** Runs `work` on that route. Where it fails and a proxy refused the sign-in, that is thrown: AppError proxy-…. */
export async function onRoute<T>(
  updater: AppUpdater,
  { proxy, signInTo }: UpdateRoute,
  work: () => Promise<T>,
): Promise<T> {
  const session = updater.netSession
  await session.setProxy(chromiumProxy(proxy))
  // Connections of the look before may lead through another proxy.
  await session.closeAllConnections()
  const given = new Set<string>()
  let refusal: unknown
  const answer = async ({ isProxy, host, port, scheme }: AuthInfo, callback: Answer) => {
    // An update server is given no password.
    if (!isProxy || !signInTo) {
      callback()
      return
    }
    const name = `${host}:${port}`
    try {
      const question = { proxy: name, scheme, wasRefused: given.has(name) }
      const { username, password } = await signInTo(question)
      given.add(name)
      callback(username, password)
    } catch (error) {
      refusal = error
      callback()
    }
  }
  // Without a listener a request that is asked for a sign-in would wait for ever.
  const onLogin = (info: AuthInfo, callback: unknown) => void answer(info, callback as Answer)
  updater.on('login', onLogin)
  try {
    return await work()
  } catch (error) {
    throw refusal ?? error
  } finally {
    updater.off('login', onLogin)
    // Chromium keeps no password beyond the look.
    await session.clearAuthCache()
  }
}
