import { expect, test } from 'vitest'
import { saveFile } from '../../../renderer/state/save-file.ts'
import { pageTimers } from '../../fakes/page-timers.ts'

test('a file is offered under its name with its text, and forgotten after a while', async () => {
  const timers = pageTimers()
  const blobs: Blob[] = []
  const downloads: string[] = []
  const revoked: string[] = []
  saveFile(
    { name: 'audit.csv', mediaType: 'text/csv', text: 'Zeit;Konto\r\nä' },
    {
      createAddress(blob) {
        blobs.push(blob)
        return 'blob:1'
      },
      revokeAddress: (address) => revoked.push(address),
      download: (address, name) => downloads.push(`${address} ${name}`),
      after: timers.after,
    },
  )
  expect(downloads).toEqual(['blob:1 audit.csv'])
  expect(blobs[0]?.type).toBe('text/csv')
  expect(await blobs[0]?.text()).toBe('Zeit;Konto\r\nä')
  timers.advance(30_000)
  expect(revoked).toEqual([])
  timers.advance(30_000)
  expect(revoked).toEqual(['blob:1'])
})
