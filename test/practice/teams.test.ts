// Reading Teams in the practice Graph: pages, the $filter trap, pictures, replies, system events.
import { describe, expect, it } from 'vitest'
import { type Draw, pick } from '../../main/practice/conversations.ts'
import { createTeams } from '../../main/practice/teams.ts'
import type { PracticeOptions } from '../../main/practice/practice-tenant.ts'
import { seededDraw, somethingHappens } from '../../main/practice/traffic.ts'
import {
  errorMessage,
  graphAsApp,
  graphWith,
  list,
  personWith,
  provision,
  startTenant,
  text,
  tokenFor,
} from './support.ts'

const ROLES = ['Chat.Read.All', 'ChannelMessage.Read.All', 'User.Read.All']

async function stage(options: PracticeOptions = {}) {
  const tenant = await startTenant(options)
  const graph = await graphAsApp(tenant, await provision(tenant, ROLES))
  const chat = tenant.control.chats.find((one) => one.kind === 'chat')
  const channel = tenant.control.chats.find((one) => one.kind === 'channel')
  const person = tenant.people.find((one) => one.displayName === chat?.memberNames[0])
  return {
    tenant,
    graph,
    chatId: chat?.id ?? '',
    channelId: channel?.id ?? '',
    personId: person?.id ?? '',
  }
}

describe('chat messages', () => {
  it('come in pages that together are all, latest first', async () => {
    const { graph, chatId } = await stage()
    const all = list((await graph('GET', `/chats/${chatId}/messages?$top=50`)).json, 'value')
    const seen: unknown[] = []
    let next: string | undefined = `/chats/${chatId}/messages?$top=2`
    while (next !== undefined) {
      const { json } = await graph('GET', next)
      seen.push(...list(json, 'value').map((message) => message['id']))
      next = json['@odata.nextLink'] === undefined ? undefined : text(json, '@odata.nextLink')
    }
    expect(seen).toEqual(all.map((message) => message['id']))
    expect(seen.length).toBeGreaterThan(2)
    const times = all.map((message) => text(message, 'lastModifiedDateTime'))
    expect(times).toEqual([...times].sort().reverse())
  })

  it('ignore a $filter that $orderby does not name', async () => {
    const { tenant, graph, chatId, personId } = await stage()
    const before = new Date(Date.now() - 1).toISOString()
    await tenant.control.say({ chatId, personId, text: 'new' })
    const path = `/chats/${chatId}/messages?$top=50&$filter=lastModifiedDateTime gt ${before}`
    const trapped = list((await graph('GET', path)).json, 'value')
    expect(trapped.length).toBeGreaterThan(1)
    const right = await graph('GET', `${path}&$orderby=lastModifiedDateTime desc`)
    expect(list(right.json, 'value')).toHaveLength(1)
  })

  it('refuse more than fifty a page and another order', async () => {
    const { graph, chatId } = await stage()
    const many = await graph('GET', `/chats/${chatId}/messages?$top=51`)
    expect([many.status, errorMessage(many)]).toEqual([
      400,
      expect.stringContaining("limit of '50'") as string,
    ])
    const order = await graph('GET', `/chats/${chatId}/messages?$orderby=id desc`)
    expect(order.status).toBe(400)
  })

  it('name system events only to who asks for them', async () => {
    const { graph, chatId } = await stage()
    const path = `/chats/${chatId}/messages?$top=50`
    const kinds = async (headers: Record<string, string>) =>
      list((await graph('GET', path, { headers })).json, 'value').map((one) => one['messageType'])
    expect(await kinds({})).toContain('unknownFutureValue')
    expect(await kinds({ prefer: 'include-unknown-enum-members' })).toContain('systemEventMessage')
  })

  it('show pictures as an address that needs a token and gives a PNG', async () => {
    const { tenant, graph, chatId, personId } = await stage()
    const { messageId } = await tenant.control.say({
      chatId,
      personId,
      text: 'a <picture>',
      image: true,
    })
    const path = `/chats/${chatId}/messages/${messageId}`
    const { json } = await graph('GET', path)
    const html = text(json['body'] as Record<string, unknown>, 'content')
    expect(html).toContain('a &lt;picture&gt;')
    const source = /src="([^"]+)"/.exec(html)?.[1] ?? ''
    const bare = await fetch(source)
    expect(bare.status).toBe(401)
    await bare.text()
    const { json: contents } = await graph('GET', `${path}/hostedContents`)
    const [content = {}] = list(contents, 'value')
    expect(source).toContain(text(content, 'id'))
    const picture = await graph('GET', source)
    expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/png'])
  })

  it('of a person come with getAllMessages, for applications only', async () => {
    const { tenant, graph, personId } = await stage()
    const answer = await graph('GET', `/users/${personId}/chats/getAllMessages?$top=50`)
    expect(list(answer.json, 'value').length).toBeGreaterThan(5)
    const token = await tokenFor(tenant, personWith(tenant, 'user'), { scopes: ['Chat.Read'] })
    const delegated = await graphWith(tenant, token)(
      'GET',
      `/users/${personId}/chats/getAllMessages`,
    )
    expect(delegated.status).toBe(403)
  })

  it('can be written by anybody, who joins the chat with it', async () => {
    const { tenant, chatId } = await stage()
    const person = personWith(tenant, 'global-admin')
    const members = () => tenant.control.chats.find((chat) => chat.id === chatId)?.memberNames
    expect(members()).not.toContain(person.displayName)
    await tenant.control.say({ chatId, personId: person.id, text: 'I join' })
    expect(members()).toContain(person.displayName)
    const nobody = tenant.control.say({ chatId, personId: 'nobody', text: 'x' })
    await expect(nobody).rejects.toThrow('no person')
  })

  it('can be sent by a person, who then is the author', async () => {
    const tenant = await startTenant()
    const person = personWith(tenant, 'user')
    const scopes = ['ChatMessage.Send', 'Chat.Read']
    const graph = graphWith(tenant, await tokenFor(tenant, person, { scopes }))
    const [chat = {}] = list((await graph('GET', '/me/chats?$expand=members')).json, 'value')
    expect(list(chat, 'members').map((member) => member['userId'])).toContain(person.id)
    const sent = await graph('POST', `/chats/${text(chat, 'id')}/messages`, {
      body: { body: { content: 'From Graph' } },
    })
    expect(sent.status).toBe(201)
    expect(sent.json).toMatchObject({
      from: { user: { id: person.id } },
      body: { content: 'From Graph' },
    })
  })
})

describe('limits', () => {
  it('refuse a second read of the same chat within a second, and say when to come back', async () => {
    let now = Date.parse('2026-03-02T09:00:00.000Z')
    const { tenant, graph, chatId, channelId } = await stage({ now: () => new Date(now) })
    tenant.control.setFault('one-read-a-second', true)
    const read = () => graph('GET', `/chats/${chatId}/messages?$top=1`)
    expect((await read()).status).toBe(200)
    const refused = await read()
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
    const root = `/teams/c7a1e5d2-48b3-4f0a-9d6e-2b8f13c50a94/channels/${channelId}/messages`
    expect((await graph('GET', `${root}/delta`)).status).toBe(200)
    now += 1_000
    expect((await read()).status).toBe(200)
  })
})

describe('channels', () => {
  it('list posts without replies; replies stand under their post', async () => {
    const { tenant, graph, channelId } = await stage()
    const scopes = ['ChannelMessage.Send', 'ChannelMessage.Read.All']
    const token = await tokenFor(tenant, personWith(tenant, 'global-admin'), { scopes })
    const asPerson = graphWith(tenant, token)
    const root = `/teams/c7a1e5d2-48b3-4f0a-9d6e-2b8f13c50a94/channels/${channelId}/messages`
    const post = await asPerson('POST', root, { body: { body: { content: 'A question' } } })
    const postId = text(post.json, 'id')
    const reply = await asPerson('POST', `${root}/${postId}/replies`, {
      body: { body: { content: 'An answer' } },
    })
    const replyId = text(reply.json, 'id')
    expect(reply.json['replyToId']).toBe(postId)
    const ids = list((await graph('GET', `${root}?$top=50`)).json, 'value').map((one) => one['id'])
    expect(ids).toContain(postId)
    expect(ids).not.toContain(replyId)
    expect((await graph('GET', `${root}/${postId}/replies/${replyId}`)).status).toBe(200)
    expect((await graph('GET', `${root}/${replyId}`)).status).toBe(404)
    const delta = await graph('GET', `${root}/delta`)
    expect(text(delta.json, '@odata.deltaLink')).toContain('/messages/delta')
  })

  it('show in a delta the posts that changed or were answered, with replies only where asked', async () => {
    let now = Date.parse('2026-03-02T09:00:00.000Z')
    const { tenant, graph, channelId } = await stage({ now: () => new Date(now) })
    const token = await tokenFor(tenant, personWith(tenant, 'global-admin'), {
      scopes: ['ChannelMessage.Send', 'ChannelMessage.Read.All'],
    })
    const root = `/teams/c7a1e5d2-48b3-4f0a-9d6e-2b8f13c50a94/channels/${channelId}/messages`
    const [old] = list((await graph('GET', `${root}?$top=50`)).json, 'value')
    now += 60_000
    const since = new Date(now).toISOString()
    now += 60_000
    const reply = await graphWith(tenant, token)(
      'POST',
      `${root}/${text(old ?? {}, 'id')}/replies`,
      {
        body: { body: { content: 'A late answer' } },
      },
    )
    const path = `${root}/delta?$top=50&$filter=lastModifiedDateTime gt ${since}`
    const plain = list((await graph('GET', path)).json, 'value')
    expect(plain.map(({ id }) => id)).toEqual([old?.['id']])
    expect(plain[0]).not.toHaveProperty('replies')
    const [post] = list((await graph('GET', `${path}&$expand=replies`)).json, 'value')
    expect(list(post ?? {}, 'replies').map(({ id }) => id)).toContain(reply.json['id'])
  })
})

describe('people', () => {
  it('have photos, or none', async () => {
    const { tenant, graph } = await stage()
    const statuses = new Set<number>()
    for (const person of tenant.people) {
      statuses.add((await graph('GET', `/users/${person.id}/photo/$value`)).status)
    }
    expect([...statuses].sort()).toEqual([200, 404])
    const { json } = await graph('GET', '/users?$top=3&$select=displayName,id')
    expect(list(json, 'value')).toHaveLength(3)
    expect(json['@odata.nextLink']).toBeDefined()
  })
})

describe('traffic', () => {
  it('is the same conversation for the same seed, and holds every kind of change', () => {
    const run = (seed: number) => {
      let time = 1_760_000_000_000
      const teams = createTeams({ startedAt: time, now: () => (time += 1_000) })
      const draw: Draw = seededDraw(seed)
      return Array.from({ length: 400 }, () => somethingHappens(teams, draw))
        .flat()
        .map((change) =>
          change.kind === 'message'
            ? `${change.changeType} ${change.message.id} ${change.message.text}`
            : `${change.changeType} ${change.kind}`,
        )
    }
    expect(run(1)).toEqual(run(1))
    expect(run(1)).not.toEqual(run(2))
    const kinds = new Set(run(1).map((line) => line.split(' ').slice(0, 1).join(' ')))
    expect([...kinds].sort()).toEqual(['created', 'deleted', 'updated'])
    expect(run(1)).toContain('created chat')
  })

  it('refuses rates that make no sense', async () => {
    const tenant = await startTenant()
    expect(() => tenant.control.setTraffic({ on: true, perMinute: 0 })).toThrow('between 1 and 600')
    expect(tenant.control.traffic).toEqual({ on: false, perMinute: 12 })
  })

  it('picks from lists only what is in them', () => {
    expect(pick(['only'], () => 0.999)).toBe('only')
    expect(() => pick([], () => 0)).toThrow()
  })
})
