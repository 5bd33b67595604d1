// What to write into the configuration of a reverse proxy, with this installation's own values.
import type { ConnectionSettings } from '../../contract/models/settings.ts'
import type { ConfigSnippet } from '../../contract/models/tunnel.ts'
import { hostInUrl, listenPlaceOf } from '../listen-place.ts'
import { socketAndPort } from './remote-bind.ts'

/** How long connections to this computer are kept for the next post. */
const KEPT_OPEN = '2s'

/** One text for each of nginx, Caddy and IIS. Values that are not set yet stand as examples. */
export function proxySnippets(settings: ConnectionSettings): ConfigSnippet[] {
  const place = placeOf(settings)
  return [
    { name: 'nginx', text: nginx(place) },
    { name: 'caddy', text: caddy(place) },
    { name: 'iis', text: iis(place) },
  ]
}

/** What requests are passed on to, and under which name they come. */
interface ProxyPlace {
  publicHost: string
  publicPort: string
  /** `host:port` or a unix socket, the best first. */
  upstreams: { kind: 'address' | 'socket'; name: string }[]
  isTls: boolean
}

function placeOf(settings: ConnectionSettings): ProxyPlace {
  const url = URL.canParse(settings.publicUrl) ? new URL(settings.publicUrl) : null
  const local = listenPlaceOf(settings)
  const own = { kind: 'address' as const, name: `${hostInUrl(local.host)}:${local.port}` }
  const remote = settings.tunnelProvider === 'ssh' ? socketAndPort(settings.ssh.remoteBind) : []
  return {
    publicHost: url?.hostname ?? 'emi.example.com',
    publicPort: url?.port || '443',
    upstreams: remote.length > 0 ? remote : [own],
    isTls: settings.tunnelProvider === 'static' && local.tls !== undefined,
  }
}

function nginx({ publicHost, publicPort, upstreams, isTls }: ProxyPlace): string {
  const servers = upstreams.map(
    ({ kind, name }, index) =>
      // One break must not make nginx look away for ten seconds.
      `  server ${kind === 'socket' ? 'unix:' : ''}${name} max_fails=0${index > 0 ? ' backup' : ''};`,
  )
  return [
    'upstream emi_tray {',
    ...servers,
    // Opening a channel for each post costs several times the post.
    '  keepalive 64;',
    // Shorter than it takes to notice a dead session: none that is kept may lead to one that was replaced.
    `  keepalive_timeout ${KEPT_OPEN};`,
    '}',
    // EMI Tray limits the posts of each sender; only this end sees whose the connections are.
    'limit_conn_zone $binary_remote_addr zone=emi_tray:1m;',
    '',
    'server {',
    `  listen ${publicPort} ssl;`,
    `  server_name ${publicHost};`,
    `  ssl_certificate     /etc/nginx/tls/${publicHost}.pem;  # with its intermediate certificates`,
    `  ssl_certificate_key /etc/nginx/tls/${publicHost}.key;`,
    '',
    '  location /emi/ {',
    '    limit_conn emi_tray 100;',
    `    proxy_pass ${isTls ? 'https' : 'http'}://emi_tray;`,
    ...(isTls
      ? [
          '    proxy_ssl_server_name on;',
          `    proxy_ssl_name ${publicHost};`,
          '    proxy_ssl_verify on;',
          '    proxy_ssl_trusted_certificate /etc/nginx/tls/emi-tray-ca.pem;  # who signed the certificate there',
        ]
      : []),
    '    proxy_http_version 1.1;',
    '    proxy_set_header Connection "";',
    '    proxy_set_header Host $host;',
    '    proxy_set_header X-Forwarded-Host $host;',
    '    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
    '    proxy_set_header X-Forwarded-Proto $scheme;',
    '    proxy_read_timeout 10s;',
    '    client_max_body_size 4m;',
    '  }',
    '  location / { return 404; }',
    '}',
    '',
  ].join('\n')
}

function caddy({ publicHost, publicPort, upstreams, isTls }: ProxyPlace): string {
  const scheme = isTls ? 'https://' : ''
  const to = upstreams.map(({ kind, name }) =>
    kind === 'socket' ? `unix/${name}` : `${scheme}${name}`,
  )
  return [
    `${publicHost}${publicPort === '443' ? '' : `:${publicPort}`} {`,
    '  handle /emi/* {',
    '    request_body {',
    '      max_size 4MB',
    '    }',
    `    reverse_proxy ${to.join(' ')} {`,
    ...(to.length > 1 ? ['      lb_policy first'] : []),
    // Caddy itself sets X-Forwarded-For, -Host and -Proto and keeps Host, except towards https.
    ...(isTls ? ['      header_up Host {host}'] : []),
    '      transport http {',
    // Caddy keeps two minutes otherwise.
    `        keepalive ${KEPT_OPEN}`,
    ...(isTls
      ? [
          `        tls_server_name ${publicHost}`,
          // Newer ones call it tls_trust_pool and know this name too.
          '        tls_trusted_ca_certs /etc/caddy/emi-tray-ca.pem  # who signed the certificate there',
        ]
      : []),
    '      }',
    '    }',
    '  }',
    '  handle {',
    '    respond 404',
    '  }',
    '}',
    '',
  ].join('\n')
}

function iis({ publicHost, upstreams, isTls }: ProxyPlace): string {
  // IIS passes requests on by TCP only.
  const address = upstreams.find(({ kind }) => kind === 'address')?.name
  const target = `${isTls ? 'https' : 'http'}://${address ?? 'host:port'}`
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    `<!-- web.config of the site ${publicHost}. Needs URL Rewrite and Application Request Routing (ARR), with`,
    '     "Enable proxy" and "Preserve host header" switched on in ARR\'s server proxy settings, and the server',
    '     variables HTTP_X_FORWARDED_HOST and HTTP_X_FORWARDED_PROTO allowed in URL Rewrite. -->',
    ...(address
      ? []
      : [
          '<!-- IIS cannot use a unix socket: let the ssh gateway listen at host:port instead. -->',
        ]),
    '<configuration>',
    '  <system.webServer>',
    '    <rewrite>',
    '      <rules>',
    '        <rule name="EMI Tray" stopProcessing="true">',
    '          <match url="^emi/(.*)" />',
    '          <serverVariables>',
    `            <set name="HTTP_X_FORWARDED_HOST" value="${publicHost}" />`,
    '            <set name="HTTP_X_FORWARDED_PROTO" value="https" />',
    '          </serverVariables>',
    `          <action type="Rewrite" url="${target}/emi/{R:1}" />`,
    '        </rule>',
    '        <rule name="Nothing else" stopProcessing="true">',
    '          <match url=".*" />',
    '          <action type="CustomResponse" statusCode="404" statusReason="Not Found" statusDescription="Not Found" />',
    '        </rule>',
    '      </rules>',
    '    </rewrite>',
    '    <security>',
    '      <requestFiltering>',
    '        <requestLimits maxAllowedContentLength="4194304" />',
    '      </requestFiltering>',
    '    </security>',
    '  </system.webServer>',
    '</configuration>',
    '',
  ].join('\n')
}
