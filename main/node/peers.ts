// Whom the local server believes: who may connect, for which host a request is, and on whose behalf it comes.
import { BlockList, isIP, isIPv6 } from 'node:net'
import type { IncomingMessage } from 'node:http'
import { AppError } from '../core/app-error.ts'
import type { ListenPlace } from '../core/ports/http-server.ts'

export interface Peers {
  /** False for a connection that nobody answers. */
  mayConnect(address: string | undefined): boolean
  /** False where a request is meant for another host. */
  isForUs(request: IncomingMessage): boolean
  clientOf(request: IncomingMessage): string
  /** The same where somebody who is believed has told it. */
  toldClientOf(request: IncomingMessage): string | undefined
}

/** The rules of one place. Throws AppError input-invalid for a proxy that is no address. */
export function peersOf(place: ListenPlace, answersAll: boolean): Peers {
  const proxies = listOf(place.proxies ?? [])
  const names = place.hostNames && new Set(place.hostNames.map((name) => name.toLowerCase()))
  const isProxy = (address: string | undefined) => isListed(proxies, address)
  const toldClientOf = (request: IncomingMessage) => {
    // The last hop is what the proxy itself saw; what stands before it is the sender's word.
    const told = lastOf(request.headers['x-forwarded-for'])
    const isAddress = told !== undefined && isIP(told) !== 0
    return isAddress && isProxy(request.socket.remoteAddress) ? told : undefined
  }
  return {
    mayConnect: (address) => answersAll || isProxy(address),
    isForUs: (request) => {
      if (!names) return true
      const told = isProxy(request.socket.remoteAddress)
        ? lastOf(request.headers['x-forwarded-host'])
        : undefined
      return names.has(nameOf(told ?? request.headers.host ?? ''))
    },
    clientOf: (request) => toldClientOf(request) ?? plain(request.socket.remoteAddress ?? ''),
    toldClientOf,
  }
}

function listOf(entries: string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    const bits = Number(prefix)
    if (!isIP(address) || (prefix !== undefined && !(bits >= 0 && bits <= maxBits(family)))) {
      throw new AppError('input-invalid', {
        message: `“${entry}” is no address or network of a reverse proxy.`,
        nextStep:
          'Enter addresses such as 10.0.0.5, or networks such as 10.0.0.0/24, on the Webhook page.',
      })
    }
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, bits, family)
  }
  return list
}

function maxBits(family: 'ipv4' | 'ipv6'): number {
  return family === 'ipv6' ? 128 : 32
}

function isListed(list: BlockList, address: string | undefined): boolean {
  const peer = plain(address ?? '')
  return isIP(peer) !== 0 && list.check(peer, isIPv6(peer) ? 'ipv6' : 'ipv4')
}

/** An IPv4 address that came over an IPv6 socket, as IPv4. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}

function lastOf(header: string | string[] | undefined): string | undefined {
  return header === undefined ? undefined : String(header).split(',').at(-1)?.trim() || undefined
}

/** A Host header without its port, in lower case. */
function nameOf(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase()
}
