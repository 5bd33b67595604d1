import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isReachable, readPlace, writePlace } from '../../main/electron/window-place.ts'
import { temporaryFolder } from '../node/temporary-folder.ts'

const screen = { x: 0, y: 0, width: 1920, height: 1040 }
const bounds = { x: 100, y: 80, width: 1040, height: 720 }

test('a place is kept and read again', () => {
  const file = join(temporaryFolder(), 'place.json')
  expect(readPlace(file)).toBeNull()
  writePlace(file, { bounds, maximized: true })
  expect(readPlace(file)).toEqual({ bounds, maximized: true })
})

test.each(['', 'null', '[]', '{"bounds":{"x":"left"}}', '{"bounds":{"x":1,"y":1,"width":1e999}}'])(
  'a file that is not ours is no place: %s',
  (text) => {
    const file = join(temporaryFolder(), 'place.json')
    writeFileSync(file, text)
    expect(readPlace(file)).toBeNull()
  },
)

test('a folder that takes no file is no failure', () => {
  const file = join(temporaryFolder(), 'missing', 'place.json')
  writePlace(file, { bounds, maximized: false })
  expect(() => readFileSync(file)).toThrow('ENOENT')
})

test('a window on a screen that was unplugged, or above the top, cannot be reached', () => {
  expect(isReachable(bounds, [screen])).toBe(true)
  expect(isReachable({ ...bounds, x: 2_400 }, [screen])).toBe(false)
  expect(isReachable({ ...bounds, x: 2_400 }, [screen, { ...screen, x: 1920 }])).toBe(true)
  expect(isReachable({ ...bounds, y: -60 }, [screen])).toBe(false)
  expect(isReachable({ ...bounds, x: -1_000 }, [screen])).toBe(false)
  expect(isReachable(bounds, [])).toBe(false)
})
