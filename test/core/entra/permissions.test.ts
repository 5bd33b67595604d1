// What is asked for: the fixed permissions, and the extras that are off by default.
import { describe, expect, it } from 'vitest'
import { permissionTable, wantedPermissions } from '../../../main/core/entra/permissions.ts'
import { publishedRoles, publishedScopes } from '../../../main/practice/permissions-table.ts'

const NONE = { optionalPermissions: [] }

describe('the permissions', () => {
  it('are those of the procedure while no extra is chosen', () => {
    const { delegated, application } = wantedPermissions(NONE)
    expect(delegated).toEqual([
      'Chat.ReadWrite',
      'ChatMessage.Send',
      'ChannelMessage.Send',
      'Directory.Read.All',
      'Group.Read.All',
      'Presence.Read.All',
      'Subscription.Read.All',
      'User.Read.All',
    ])
    expect(application).toEqual(['Chat.ReadWrite.All', 'ChannelMessage.Read.All', 'User.Read.All'])
  })

  it.each([
    'Chat.Read.All',
    'Application.Read.All',
    'Presence.Read.All',
    'Files.Read.All',
  ] as const)(
    'with the extra %s are one application permission more, and no delegated one',
    (extra) => {
      const more = wantedPermissions({ optionalPermissions: [extra] })
      expect(more.application).toEqual([...wantedPermissions(NONE).application, extra])
      expect(more.delegated).toEqual(wantedPermissions(NONE).delegated)
    },
  )

  it('keep the delegated Presence.Read.All, whose name is also that of an extra', () => {
    const { permissions } = wantedPermissions(NONE)
    const presence = permissions.filter((one) => one.value === 'Presence.Read.All')
    expect(presence.map(({ kind, optional }) => ({ kind, optional }))).toEqual([
      { kind: 'delegated', optional: false },
    ])
  })

  it('each have a reason of their own and a link', () => {
    const reasons = permissionTable.map((one) => one.reason)
    expect(new Set(reasons).size).toBe(permissionTable.length)
    for (const { reason, link } of permissionTable) {
      expect(reason).toMatch(/^[A-Z].{30,}\.$/)
      expect(link).toMatch(/^https:\/\/learn\.microsoft\.com\/graph\/permissions-reference#[a-z]+$/)
    }
  })

  it('are all published by Microsoft Graph', () => {
    const published = { delegated: publishedScopes, application: publishedRoles }
    for (const { kind, value } of permissionTable) {
      expect(published[kind].map((one) => one.value)).toContain(value)
    }
  })
})
