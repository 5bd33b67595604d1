// Who signed the certificate that an address shows: our own TLS servers, trusted and not, and none at all.
import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { AppError } from '../../main/core/app-error.ts'
import { inspectTls } from '../../main/node/tls-inspection.ts'
import { trustCertificates } from '../../main/node/trust.ts'
import { makePracticeTls } from '../../main/practice/tls.ts'

const never = new AbortController().signal
const PRACTICE = 'EMI Tray practice tenant (this computer only)'

describe('the certificate of an address', () => {
  test('is named with its authority, which is not public and not trusted', async () => {
    const { url } = await serve()
    expect(await inspectTls(url, never)).toEqual({
      issuer: PRACTICE,
      isPublic: false,
      isTrusted: false,
    })
  })

  test('is trusted once its authority is, and still not public', async () => {
    const before = tls.getCACertificates('default')
    onTestFinished(() => tls.setDefaultCACertificates(before))
    const { url, caPem } = await serve()
    trustCertificates({ extraPem: [caPem], useSystem: false })
    expect(await inspectTls(url, never)).toEqual({
      issuer: PRACTICE,
      isPublic: false,
      isTrusted: true,
    })
  })

  test('is public where a public authority signed it', async () => {
    const { url, caPem } = await serve()
    const found = await inspectTls(url, never, { publicPem: [caPem] })
    expect(found).toMatchObject({ issuer: PRACTICE, isPublic: true })
    // The same name without the same key proves nothing.
    const other = await makePracticeTls()
    const forged = await inspectTls(url, never, { publicPem: [other.caPem] })
    expect(forged.isPublic).toBe(false)
  })

  test('does not become public by showing a public root beside it', async () => {
    const root = tls.getCACertificates('bundled')[0] ?? ''
    const { url } = await serve(root)
    expect(await inspectTls(url, never)).toMatchObject({ isPublic: false, isTrusted: false })
  })

  test('is not trusted under another name', async () => {
    const before = tls.getCACertificates('default')
    onTestFinished(() => tls.setDefaultCACertificates(before))
    const { url, caPem } = await serve()
    trustCertificates({ extraPem: [caPem], useSystem: false })
    const { port } = new URL(url)
    expect(await inspectTls(`https://127.0.0.2:${port}`, never)).toMatchObject({ isTrusted: false })
  })
})

describe('an address without a certificate', () => {
  test('where nobody listens is network-unreachable', async () => {
    const server = net.createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const port = portOf(server)
    server.close()
    await once(server, 'close')
    await expect(inspectTls(`https://127.0.0.1:${port}`, never)).rejects.toMatchObject({
      code: 'network-unreachable',
      message: expect.stringContaining(`127.0.0.1:${port}`) as string,
    })
  })

  test('where something else answers is an error with a next step', async () => {
    const url = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const error: unknown = await inspectTls(url, never).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(AppError)
    expect((error as AppError).nextStep).not.toBe('')
  })

  test('where nothing ever answers ends when it is stopped, and leaves no connection', async () => {
    const sockets: net.Socket[] = []
    const url = await listen((socket) => sockets.push(socket))
    const controller = new AbortController()
    const reason = new AppError('cancelled', { message: 'Stopped.', nextStep: 'Start again.' })
    const inspecting = inspectTls(url, controller.signal)
    const refused = expect(inspecting).rejects.toBe(reason)
    await expect.poll(() => sockets.length).toBe(1)
    const closed = once(sockets[0] ?? new net.Socket(), 'close')
    controller.abort(reason)
    await refused
    await closed
  })

  test('is not even tried when it was stopped before', async () => {
    await expect(inspectTls('https://127.0.0.1:1', AbortSignal.abort())).rejects.toMatchObject({
      name: 'AbortError',
    })
  })
})

async function serve(...morePem: string[]): Promise<{ url: string; caPem: string }> {
  const { caPem, certificatePem, keyPem } = await makePracticeTls()
  const cert = [certificatePem, ...morePem].join('\n')
  const server = tls.createServer({ cert, key: keyPem })
  server.on('secureConnection', (socket) => socket.on('error', () => {}))
  server.on('tlsClientError', () => {})
  onTestFinished(() => void server.close())
  server.listen(0)
  await once(server, 'listening')
  return { url: `https://localhost:${portOf(server)}`, caPem }
}

async function listen(onConnection: (socket: net.Socket) => void): Promise<string> {
  const server = net.createServer((socket) => {
    socket.on('error', () => {})
    socket.resume()
    onConnection(socket)
  })
  onTestFinished(() => void server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `https://127.0.0.1:${portOf(server)}`
}

function portOf(server: net.Server): number {
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}
