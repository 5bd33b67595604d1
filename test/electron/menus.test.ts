import { expect, test } from 'vitest'
import { appMenu, contextMenu } from '../../main/electron/menus.ts'

const flags = {
  ...{ canUndo: false, canRedo: false, canCut: false, canCopy: true, canPaste: true },
  ...{ canDelete: false, canSelectAll: true, canEditRichly: false },
}
const noParams = { selectionText: '', isEditable: false, editFlags: flags }
const roles = (items: { role?: unknown }[]) => items.map(({ role }) => role)

test('a right click offers to copy what is selected, and nothing where nothing is', () => {
  expect(contextMenu(noParams)).toEqual([])
  expect(contextMenu({ ...noParams, selectionText: '  ' })).toEqual([])
  expect(contextMenu({ ...noParams, selectionText: 'a client id' })).toEqual([{ role: 'copy' }])
})

test('in a field it offers what can be done there', () => {
  const items = contextMenu({ ...noParams, isEditable: true })
  expect(roles(items)).toEqual(['cut', 'copy', 'paste', undefined, 'selectAll'])
  expect(items[0]).toMatchObject({ enabled: false })
})

test('no menu opens developer tools or loads a page anew', () => {
  const links = { openAbout: () => undefined, openFolder: () => undefined }
  for (const platform of ['win32', 'darwin', 'linux'] as const) {
    const text = JSON.stringify(appMenu(platform, links))
    expect(text).not.toMatch(/toggleDevTools|[rR]eload|viewMenu/)
    expect(text).toContain('zoomIn')
    expect(text.includes('appMenu')).toBe(platform === 'darwin')
  }
})
