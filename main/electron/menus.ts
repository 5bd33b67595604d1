// The window's own menu, and the one that a right click opens; pure functions.
import type { ContextMenuParams, MenuItemConstructorOptions } from 'electron'

/** The menu bar: what every desktop app has, and nothing that a page could be broken with. */
export function appMenu(
  platform: NodeJS.Platform,
  { openAbout, openFolder }: { openAbout: () => void; openFolder: () => void },
): MenuItemConstructorOptions[] {
  const isMac = platform === 'darwin'
  return [
    ...(isMac ? [{ role: 'appMenu' } as const] : []),
    {
      label: '&File',
      submenu: [{ role: 'close' }, ...(isMac ? [] : [{ role: 'quit' } as const])],
    },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }],
    },
    {
      label: '&Help',
      submenu: [
        { label: 'Open the data folder', click: openFolder },
        { label: 'About EMI Tray', click: openAbout },
      ],
    },
  ]
}

/** What a right click offers: copying a selection, and editing in a field. Empty where there is nothing to offer. */
export function contextMenu({
  selectionText,
  isEditable,
  editFlags,
}: Pick<
  ContextMenuParams,
  'selectionText' | 'isEditable' | 'editFlags'
>): MenuItemConstructorOptions[] {
  if (isEditable) {
    return [
      { role: 'cut', enabled: editFlags.canCut },
      { role: 'copy', enabled: editFlags.canCopy },
      { role: 'paste', enabled: editFlags.canPaste },
      { type: 'separator' },
      { role: 'selectAll', enabled: editFlags.canSelectAll },
    ]
  }
  return selectionText.trim() === '' ? [] : [{ role: 'copy' }]
}
