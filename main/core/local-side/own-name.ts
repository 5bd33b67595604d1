// Under which names the local side tells metrics: those that no stranger's DNS can lead here.

const ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|\[[\da-f:.]+\])$/

/**
 * Whether a Host header names this side: an IP address, localhost, or the host of the address that others use.
 * Another name may be that of a web page whose DNS leads here, so that its scripts could read the answer.
 * https://owasp.org/www-community/attacks/DNS_Rebinding
 */
export function isOwnName(host: string, localSideUrl: string): boolean {
  const name = host.replace(/:\d+$/, '').toLowerCase()
  return ADDRESS.test(name) || name === 'localhost' || name === hostOf(localSideUrl)
}

function hostOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).hostname : null
}
