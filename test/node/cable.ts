// A cable that a test can pull: another computer as a network namespace, behind a bridge that stands for the network.
import { execFileSync } from 'node:child_process'

export interface Cable {
  /** The other computer's address. */
  address: string
  /** What a program is started with to run there. */
  enter: string[]
  /** From now on everything is lost on the way, and neither end is told. */
  pullOut(): void
  plugIn(): void
  remove(): void
}

/** Why this computer cannot have one; null where it can. */
export function whyNoCable(): string | null {
  if (process.platform !== 'linux') return 'network namespaces exist on Linux only'
  if (process.getuid?.() !== 0) return 'making a network namespace needs root'
  const name = `emi-try-${process.pid}`
  try {
    ip(`netns add ${name}`)
    ip(`-n ${name} link add wire type bridge`)
    return null
  } catch (error) {
    return `a network namespace cannot be made here (${error instanceof Error ? error.message : 'unknown'})`
  } finally {
    quietly(`netns del ${name}`)
  }
}

let laid = 0

/** Lays one from this computer to a new one; names and addresses are not used by another run of the tests. */
export function layCable(): Cable {
  laid += 1
  const name = `emi${process.pid}-${laid}`
  const [here, wire, there] = [`e${process.pid}-${laid}`, `${name}w`, `${name}g`]
  // 198.18.0.0/15 is set aside for tests of networks (RFC 2544).
  const net = `198.18.${process.pid % 256}`
  const [ownAddress, address] = [`${net}.${laid * 4 + 1}`, `${net}.${laid * 4 + 2}`]
  const remove = () => {
    for (const one of [there, wire]) quietly(`netns del ${one}`)
    quietly(`link del ${here}`)
  }
  try {
    ip(`netns add ${wire}`)
    ip(`netns add ${there}`)
    ip(`link add ${here} type veth peer name near netns ${wire}`)
    ip(`-n ${wire} link add far type veth peer name eth0 netns ${there}`)
    ip(`-n ${wire} link add bridge type bridge`)
    for (const port of ['near', 'far']) ip(`-n ${wire} link set ${port} master bridge up`)
    ip(`-n ${wire} link set bridge up`)
    ip(`addr add ${ownAddress}/30 dev ${here}`)
    ip(`link set ${here} up`)
    ip(`-n ${there} addr add ${address}/30 dev eth0`)
    ip(`-n ${there} link set eth0 up`)
    ip(`-n ${there} link set lo up`)
    // As behind a router: a missing neighbour would be noticed after three seconds, a lost packet is not.
    keepNeighbour({ of: '', dev: here, address, hardware: hardwareOf(`-n ${there}`, 'eth0') })
    keepNeighbour({
      of: `-n ${there}`,
      dev: 'eth0',
      address: ownAddress,
      hardware: hardwareOf('', here),
    })
  } catch (error) {
    remove()
    throw error
  }
  return {
    address,
    enter: ['ip', 'netns', 'exec', there],
    pullOut: () => ip(`-n ${wire} link set far nomaster`),
    plugIn: () => ip(`-n ${wire} link set far master bridge`),
    remove,
  }
}

function keepNeighbour(given: { of: string; dev: string; address: string; hardware: string }) {
  const { of, dev, address, hardware } = given
  ip(`${of} neigh replace ${address} lladdr ${hardware} nud permanent dev ${dev}`)
}

function hardwareOf(where: string, dev: string): string {
  return /link\/ether (\S+)/.exec(ip(`${where} link show ${dev}`))?.[1] ?? ''
}

function ip(command: string): string {
  return execFileSync('ip', command.split(' ').filter(Boolean), {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

function quietly(command: string): void {
  try {
    ip(command)
  } catch {
    // It was not there.
  }
}
