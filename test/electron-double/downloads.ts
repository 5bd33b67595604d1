// Downloads of a page: the app is asked, and what it refuses is cancelled.
import type { Download } from 'playwright-core'
import type { DownloadItem, WebContents } from 'electron'
import { createEvent } from './event.ts'
import { toAppUrl } from './protocol.ts'
import { double } from './records.ts'
import { defaultSession } from './session.ts'
import { strict } from './strict.ts'

/** Raises will-download. One that is let be goes where Chromium puts it: nobody is asked for a place here. */
export async function meetDownload(download: Download, contents: WebContents): Promise<void> {
  const given = download.url()
  const blob = given.startsWith('blob:') ? 'blob:' : ''
  const url = `${blob}${toAppUrl(given.slice(blob.length))}`
  const members = {
    getURL: () => url,
    getFilename: () => download.suggestedFilename(),
  } satisfies Partial<DownloadItem>
  const event = createEvent()
  defaultSession.emit('will-download', event, strict('downloadItem', members), contents)
  double.downloads.push({ url, allowed: !event.defaultPrevented })
  if (event.defaultPrevented) await download.cancel().catch(() => undefined)
}
