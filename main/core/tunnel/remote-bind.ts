// Where an ssh gateway listens for this computer: a unix socket, a port, or one after the other.

export type RemotePlace = { kind: 'socket' | 'address'; name: string }

/** The places of a setting such as `/run/emi/webhook.sock, 127.0.0.1:8080`, in its order. Nothing is checked. */
export function socketAndPort(remoteBind: string): RemotePlace[] {
  return remoteBind
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
    .map((name) => ({ kind: name.startsWith('/') ? 'socket' : 'address', name }))
}
