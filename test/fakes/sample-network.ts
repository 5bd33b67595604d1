// What a network check found behind an inspecting proxy, for the samples.
import type { NetworkState, NetworkTarget } from '../../main/contract/models/network.ts'
import type { ProxySettings } from '../../main/contract/models/settings.ts'
import { noNetwork } from '../../main/core/nothing-yet.ts'
import { ago } from './sample-time.ts'

export const sampleProxy: ProxySettings = {
  kind: 'address',
  address: 'proxy.acme.example:8080',
  bypass: 'acme.example',
  username: 'svc-emi',
}

type Hop = NetworkTarget['hops'][number]

const hop = (name: string, durationMs: number, message: string, rest: Partial<Hop> = {}): Hop => ({
  ...{ name, durationMs, message, state: 'ok', nextStep: null },
  ...rest,
})

const through = hop('Way', 0, 'Through the proxy proxy.acme.example:8080, as the settings say.')

/** Sign-in is inspected, Graph is not, the gateway is refused by the proxy. */
export const checkedNetwork: NetworkState = {
  ...noNetwork,
  passwordSet: true,
  checkedAt: ago(1),
  targets: [
    {
      id: 'sign-in',
      name: 'Microsoft’s sign-in',
      address: 'login.microsoftonline.com:443',
      hops: [
        through,
        hop(
          'Connection',
          31,
          'The proxy proxy.acme.example:8080 connected to login.microsoftonline.com:443.',
        ),
        hop(
          'Certificate',
          48,
          'Acme Inspection signed the certificate, which is no public authority: a proxy opens the traffic and signs it anew. This computer trusts it.',
          {
            state: 'warning',
            nextStep:
              'It works. Better is an exemption of login.microsoftonline.com from TLS inspection; Microsoft recommends that for its sign-in.',
          },
        ),
        hop('Token endpoint', 96, 'It answered 400, as it should without a token.'),
        hop('Signing keys', 41, 'It answered 200, as it should without a token.'),
        hop('Clock', 0, 'The clock of this computer is right (1 s apart).'),
      ],
    },
    {
      id: 'graph',
      name: 'Microsoft Graph',
      address: 'graph.microsoft.com:443',
      hops: [
        through,
        hop(
          'Connection',
          28,
          'The proxy proxy.acme.example:8080 connected to graph.microsoft.com:443.',
        ),
        hop('Certificate', 44, 'DigiCert Inc signed the certificate; nobody opens the traffic.'),
        hop('Answer', 73, 'It answered 401, as it should without a token.'),
        hop('Clock', 0, 'The clock of this computer is right (1 s apart).'),
      ],
    },
    {
      id: 'tunnel',
      name: 'SSH gateway',
      address: 'gateway.example.net:22',
      hops: [
        through,
        hop(
          'Connection',
          12,
          'The proxy proxy.acme.example:8080 did not connect to gateway.example.net:22: it answered 403.',
          {
            state: 'failed',
            nextStep:
              'Ask your network team to allow CONNECT to gateway.example.net:22 on that proxy. The network check in Settings has a text for them.',
          },
        ),
      ],
    },
  ],
}
