// Saving a text that the core made as a file: the same way in the browser and in the desktop app's window.
import type { TextFile } from '../../main/contract/models/handover.ts'

/** How long the browser may take to fetch the text before it is forgotten, in milliseconds. */
const keptMs = 60_000

/** What saving needs of its window. */
export interface SavePort {
  createAddress: (blob: Blob) => string
  revokeAddress: (address: string) => void
  /** Clicks a link that downloads the address under this name. */
  download: (address: string, name: string) => void
  after: (milliseconds: number, work: () => void) => () => void
}

/** Offers the file to the person: a browser downloads it, the desktop app asks where to put it. */
export function saveFile(file: TextFile, port: SavePort): void {
  const address = port.createAddress(new Blob([file.text], { type: file.mediaType }))
  port.download(address, file.name)
  port.after(keptMs, () => port.revokeAddress(address))
}

/** Saving in a real window. */
export function savePortOf(window: Window, after: SavePort['after']): SavePort {
  return {
    createAddress: (blob) => URL.createObjectURL(blob),
    revokeAddress: (address) => URL.revokeObjectURL(address),
    download(address, name) {
      const link = window.document.createElement('a')
      link.href = address
      link.download = name
      link.click()
    },
    after,
  }
}
