// What the sample's page gets; a sandboxed preload is CommonJS whatever its name.
const load = require
const { contextBridge, ipcRenderer } = load('electron')
const Emitter = load('events')

globalThis.preloadSecret = 'only in the isolated world'

const refused = ['node:fs', 'path', './other.js'].map((name) => {
  try {
    load(name)
    return 'loaded'
  } catch (error) {
    return error.message
  }
})

contextBridge.exposeInMainWorld('sample', {
  version: 7,
  nested: { list: [1, 2], add: (a, b) => a + b },
  refused,
  emitters: typeof Emitter,
  leak: ipcRenderer,
  invoke: (channel, value) => ipcRenderer.invoke(channel, value),
  log: (text) => ipcRenderer.send('sample:log', text),
  sync: () => ipcRenderer.sendSync('sample:log', 'x'),
  callBack: (call) => call(new Date(5)),
  throws: () => {
    throw new RangeError('from the preload')
  },
  exposeTwice: () => contextBridge.exposeInMainWorld('sample', {}),
  onStatus: (listener) => {
    const heard = (_event, status) => listener(status)
    ipcRenderer.on('sample:status', heard)
    return () => {
      ipcRenderer.off('sample:status', heard)
    }
  },
})
