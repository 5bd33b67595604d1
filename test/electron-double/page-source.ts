// Puts the in-page parts together as the two scripts Chromium runs at the start of every document.
import { createWorldLink, exposeInPage } from './bridge.ts'
import { createCodec } from './codec.ts'
import { installPermissionRequests } from './page-permissions.ts'
import { createRendererModule, type RendererFacts } from './renderer-module.ts'

export interface PageSource {
  /** Name of the event both worlds meet on; unknown to the page's own scripts. */
  secret: string
  /** Name of the function of the isolated world that reaches the main process. */
  binding: string
  facts: RendererFacts
  /** Text of the preload, or an empty text. */
  preload: string
}

/** Name of the function of the isolated world that takes messages of the main process. */
export const receiverName = '__receiveFromMain'

/** What Chromium's tools call the script of the isolated world. */
export const isolatedWorldUrl = 'electron-double:isolated-world'

/** The script of the page's own world. */
export function pageWorldScript({ secret }: PageSource): string {
  return `(() => {
    if (window.top !== window) return // Electron runs a preload in the top frame only
    const onOffer = (name, key, value) => {
      if (name === 'expose') expose(key, value)
      if (name === 'permissions') installPermissions(value)
    }
    const expose = ${String(exposeInPage)}
    const installPermissions = ${String(installPermissionRequests)}
    const codec = (${String(createCodec)})()
    ;(${String(createWorldLink)})({ world: 'page', secret: ${JSON.stringify(secret)}, codec, onOffer })
  })()`
}

/** The script of the isolated world; the preload is part of it. */
export function isolatedWorldScript({ secret, binding, facts, preload }: PageSource): string {
  return `(() => {
    if (window.top !== window) return
    const codec = (${String(createCodec)})()
    const link = (${String(createWorldLink)})({
      world: 'isolated', secret: ${JSON.stringify(secret)}, codec, onOffer: () => {},
    })
    const post = globalThis[${JSON.stringify(binding)}]
    const renderer = (${String(createRendererModule)})({
      codec, link, facts: ${JSON.stringify(facts)}, post: (text) => post(text),
    })
    globalThis.${receiverName} = renderer.receive
    link.offer('permissions', '', renderer.askPermission)
    const module = { exports: {} }
    const setImmediate = (call, ...args) => setTimeout(call, 0, ...args)
    try {
      ${preloadFunction(preload)}.call(
        module.exports, renderer.require, renderer.process, globalThis,
        setImmediate, clearTimeout, module, module.exports,
      )
    } catch (error) {
      console.error('Unable to load preload script:', error)
      renderer.preloadFailed(error)
    }
  })()
  //# sourceURL=${isolatedWorldUrl}`
}

/** The preload as the function a sandboxed preload is wrapped in; used as well to check its syntax. */
export function preloadFunction(preload: string): string {
  return `(function (require, process, global, setImmediate, clearImmediate, module, exports) {${preload}\n})`
}
