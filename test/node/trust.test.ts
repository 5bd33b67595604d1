import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import tls from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readCaFile, trustCertificates } from '../../main/node/trust.ts'
import { makePracticeTls } from '../../main/practice/tls.ts'
import { temporaryFolder } from './temporary-folder.ts'

describe('trusted certificates', () => {
  test('fetch refuses an unknown authority, and accepts it once it is trusted', async () => {
    const before = tls.getCACertificates('default')
    onTestFinished(() => tls.setDefaultCACertificates(before))
    const { caPem, certificatePem, keyPem } = await makePracticeTls()
    const server = https.createServer({ cert: certificatePem, key: keyPem }, (_, response) =>
      response.end('hello'),
    )
    onTestFinished(() => void server.close())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `https://localhost:${(server.address() as AddressInfo).port}/`
    await expect(fetch(url)).rejects.toThrow()
    trustCertificates({ extraPem: [caPem, `${caPem}\n`], useSystem: true })
    expect(await (await fetch(url)).text()).toBe('hello')
    const trusted = tls.getCACertificates('default')
    expect(new Set(trusted).size).toBe(trusted.length)
    expect(trusted.length).toBeGreaterThan(tls.getCACertificates('bundled').length)
    trustCertificates({ extraPem: [], useSystem: false })
    expect(tls.getCACertificates('default')).not.toContain(caPem.trim())
  })
})

describe('a certificate file', () => {
  test('gives all its certificates', async () => {
    const [first, second] = [await makePracticeTls(), await makePracticeTls()]
    const file = path.join(temporaryFolder(), 'ca.pem')
    await writeFile(file, `comment\n${first.caPem}\n${second.caPem}`)
    expect((await readCaFile(file)).map((pem) => pem.trim())).toEqual([
      first.caPem.trim(),
      second.caPem.trim(),
    ])
  })

  test.each([
    ['is missing', null],
    ['holds no certificate', 'hello'],
    [
      'is damaged',
      '-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIB\n-----END CERTIFICATE-----\n',
    ],
  ])('that %s is refused with the next step', async (_, content) => {
    const file = path.join(temporaryFolder(), 'ca.pem')
    if (content !== null) await writeFile(file, content)
    await expect(readCaFile(file)).rejects.toMatchObject({
      code: 'input-invalid',
      message: expect.stringContaining(file) as string,
    })
  })
})
