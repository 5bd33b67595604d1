// Continuing from a snapshot: what goes on, what cannot, and that nothing secret is in it.
import { describe, expect, it } from 'vitest'
import { PublicClientApplication } from '@azure/msal-node'
import { signInAs } from '../../main/practice/browser-person.ts'
import { startPracticeTenant } from '../../main/practice/practice-tenant.ts'
import {
  BOOTSTRAP,
  graphAsApp,
  list,
  personWith,
  provision,
  requestAppToken,
  startEndpoint,
  startTenant,
  text,
} from './support.ts'

const CLIENT_STATE = 'the-client-state-9f1c'

async function subscribe(
  tenant: Awaited<ReturnType<typeof startTenant>>,
  app: { appId: string; secret: string },
  url: string,
): Promise<string> {
  const graph = await graphAsApp(tenant, app)
  const { json } = await graph('POST', '/subscriptions', {
    body: {
      changeType: 'created',
      notificationUrl: url,
      lifecycleNotificationUrl: url,
      resource: '/chats/getAllMessages',
      expirationDateTime: new Date(Date.now() + 86_400_000).toISOString(),
      clientState: CLIENT_STATE,
    },
  })
  return text(json, 'id')
}

describe('a snapshot', () => {
  it('lets application, secret, roles and subscription go on, and holds no secret in plain', async () => {
    const endpoint = await startEndpoint()
    const first = await startTenant()
    const app = await provision(first, ['Chat.Read.All'])
    const id = await subscribe(first, app, endpoint.url)
    const { json: token } = await requestAppToken(first, app)
    const saved = JSON.stringify(first.snapshot())
    await first.close()
    for (const secret of [app.secret, CLIENT_STATE, text(token, 'access_token')]) {
      expect(saved).not.toContain(secret)
    }

    const second = await startTenant({ snapshot: JSON.parse(saved) as unknown })
    expect(second.control.counts()).toMatchObject({
      applications: 1,
      appRoleAssignments: 1,
      secrets: 1,
      subscriptions: 1,
    })
    expect(second.control.isSecretValid(app.appId, app.secret)).toBe(true)
    expect(second.control.chats.map((chat) => chat.id)).toEqual(
      first.control.chats.map((chat) => chat.id),
    )
    const [chat] = second.control.chats
    const person = second.people.find((one) => one.displayName === chat?.memberNames[0])
    const message = {
      chatId: chat?.id ?? '',
      personId: person?.id ?? '',
      text: 'after the restart',
    }
    // Nobody but the application can open its clientState: delivery waits for its first token.
    expect((await second.control.say(message)).notified).toBe(0)
    const graph = await graphAsApp(second, app)
    const [post] = await endpoint.waitFor(1)
    expect(list(post ?? {}, 'value')).toMatchObject([
      { clientState: CLIENT_STATE, subscriptionId: id },
    ])
    expect((await graph('GET', `/subscriptions/${id}`)).status).toBe(200)
  })

  it('drops a subscription whose clientState was sealed with a secret no longer used', async () => {
    const endpoint = await startEndpoint()
    const first = await startTenant()
    const app = await provision(first, ['Chat.Read.All'])
    await subscribe(first, app, endpoint.url)
    const snapshot = structuredClone(first.snapshot()) as {
      subscriptions: { sealed: { keyId: string } }[]
    }
    for (const record of snapshot.subscriptions) record.sealed.keyId = 'another'
    const second = await startTenant({ snapshot })
    expect(second.control.counts().subscriptions).toBe(1)
    await requestAppToken(second, app)
    expect(second.control.counts().subscriptions).toBe(0)
  })

  it('keeps people signed in, on the same port', async () => {
    const first = await startTenant()
    const client = new PublicClientApplication({
      auth: {
        clientId: BOOTSTRAP,
        authority: `${first.loginHost}/${first.tenantId}`,
        knownAuthorities: [new URL(first.loginHost).host],
      },
    })
    const { account } = await client.acquireTokenInteractive({
      scopes: ['User.Read'],
      openBrowser: (authorizeUrl) => signInAs({ authorizeUrl, person: personWith(first, 'user') }),
    })
    if (!account) throw new Error('no account')
    const snapshot = first.snapshot()
    await first.close()
    const port = Number(new URL(first.origin).port)
    const second = await startTenant({ snapshot, port })
    const result = await client.acquireTokenSilent({
      scopes: ['User.Read'],
      account,
      forceRefresh: true,
    })
    const me = await fetch(`${second.graphHost}/v1.0/me`, {
      headers: { authorization: `Bearer ${result.accessToken}` },
    })
    expect(me.status).toBe(200)
    await me.text()
  })

  it('is asked for after each change worth keeping', async () => {
    let changes = 0
    const tenant = await startTenant({ onChange: () => (changes += 1) })
    await provision(tenant, ['Chat.Read.All'])
    expect(changes).toBeGreaterThanOrEqual(4)
  })

  it.each([[{}], ['text'], [{ version: 2 }], [null]])(
    'that cannot be read is refused: %j',
    async (snapshot) => {
      await expect(startPracticeTenant({ snapshot })).rejects.toThrow('saved state cannot be read')
    },
  )
})
