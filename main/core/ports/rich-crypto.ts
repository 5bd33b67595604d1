// What the content of notifications takes beyond WebCrypto.

/** What rich notifications need beyond WebCrypto. Both run off the main thread where that pays. */
export interface RichCrypto {
  /** A self-signed certificate with an RSA key: the certificate base64 DER, the key as PKCS#8 PEM. */
  makeCertificate(options: {
    days: number
  }): Promise<{ certificate: string; privateKeyPem: string }>
  /**
   * OAEP (SHA-1) the data key, HMAC-SHA256 over the ciphertext checked first, then AES-256-CBC. Resolves with the
   * plain text; null when anything does not fit.
   */
  decrypt(options: {
    privateKeyPem: string
    dataKey: string
    data: string
    dataSignature: string
  }): Promise<string | null>
  close(): Promise<void>
}
