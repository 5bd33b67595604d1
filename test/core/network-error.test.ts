import { expect, test } from 'vitest'
import { describeNetworkFault } from '../../main/core/network-error.ts'

function faultOf(code: string) {
  const cause = Object.assign(new Error(code), { code })
  return describeNetworkFault(new TypeError('fetch failed', { cause }), 'cc.example:8443')
}

test('an authority is blamed only where nobody here knows who signed', () => {
  const blamed = ['DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE']
  for (const code of blamed) expect(faultOf(code).text.message).toContain('does not trust')
  const others = ['ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_SSL_WRONG_VERSION_NUMBER', 'EPROTO']
  for (const code of others) {
    const { code: ours, text } = faultOf(code)
    expect(ours).toBe('tls-untrusted')
    expect(text.message).toContain('cc.example:8443')
    expect(text.message).not.toContain('signed by')
    expect(text.nextStep).toContain('address')
  }
})
