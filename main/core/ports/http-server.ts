// Listening for HTTP: where, whom to believe, and the requests as the core receives them.

/** A request whose body was read; what the webhook needs of a fetch Request, and much cheaper to make. */
export interface ReceivedRequest {
  method: string
  /** Absolute; its host means nothing. */
  url: string
  headers: { get: (name: string) => string | null }
  bytes: Uint8Array<ArrayBuffer>
  /** Address of whoever asks, as the nearest trusted proxy tells it. */
  client?: () => string
}

/** Where and how to listen, and whom to believe. */
export interface ListenPlace {
  /** A loopback address; another one takes `tls` and `proxies`, and then answers these proxies only. */
  host: string
  /** Lets everybody on the network ask, at any address of this computer: for a handler that guards itself. */
  isOpen?: boolean
  /** 0 takes a free port. */
  port: number
  /** Speaks TLS with the certificate and key of these PEM files, which are read again when they change. */
  tls?: { certificateFile: string; keyFile: string }
  /** Addresses or networks whose X-Forwarded-For and X-Forwarded-Host count; none without. */
  proxies?: string[]
  /** Requests for other host names than these are answered with 421; without it all names are fine. */
  hostNames?: string[]
}

export interface HttpServer {
  /** Throws AppError port-in-use, input-invalid, tunnel-config where the certificate cannot be used. */
  listen(
    options: ListenPlace & {
      /** Bodies above this many bytes are answered with 413 before the handler sees them. */
      maxBodyBytes: number
      handler: (request: ReceivedRequest) => Promise<Response>
    },
  ): Promise<ListeningServer>
}

export interface ListeningServer {
  host: string
  port: number
  /** Stops accepting, lets running requests finish shortly, then closes. */
  close(): Promise<void>
}
