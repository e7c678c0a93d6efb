import { describe, expect, test } from 'vitest'
import { formatName, parseName, RCODE, TYPE } from '../../../src/dns/index.ts'
import { localAnswer } from '../../../src/forward/local-names.ts'

function answered(text: string, type: keyof typeof TYPE = 'A'): unknown {
  const name = parseName(`${text}.`)
  if (!name.ok) throw new Error(name.error)
  const answer = localAnswer(name.value, TYPE[type])
  if (!answer) return undefined
  if (answer.rcode === RCODE.NOERROR && answer.answer.length > 0) {
    return answer.answer.map(({ owner, rdatas }) => `${formatName(owner)} ${rdatas[0]?.text}`).join()
  }
  const [soa] = answer.authority
  return `${answer.rcode === RCODE.NXDOMAIN ? 'NXDOMAIN' : 'NODATA'} ${formatName(soa?.owner ?? '')} ${soa?.type}`
}

describe('names that are answered here', () => {
  test.each([
    ['localhost', 'A', 'localhost. 127.0.0.1'],
    ['LocalHost', 'AAAA', 'LocalHost. ::1'],
    ['db.localhost', 'A', 'db.localhost. 127.0.0.1'],
    ['localhost', 'MX', 'NODATA localhost. 6'],
    ['invalid', 'A', 'NXDOMAIN invalid. 6'],
    ['a.b.invalid', 'TXT', 'NXDOMAIN invalid. 6'],
    ['facebookcorewwwi.onion', 'A', 'NXDOMAIN onion. 6'],
    ['onion', 'A', 'NXDOMAIN onion. 6'],
    ['www.test', 'A', 'NXDOMAIN test. 6'],
    ['test', 'A', 'NODATA test. 6'],
    ['1.0.168.192.in-addr.arpa', 'PTR', 'NXDOMAIN 168.192.in-addr.arpa. 6'],
    ['1.2.3.10.in-addr.arpa', 'PTR', 'NXDOMAIN 10.in-addr.arpa. 6'],
    ['1.0.31.172.in-addr.arpa', 'PTR', 'NXDOMAIN 31.172.in-addr.arpa. 6'],
    ['1.0.127.100.in-addr.arpa', 'PTR', 'NXDOMAIN 127.100.in-addr.arpa. 6'],
    ['10.in-addr.arpa', 'SOA', '10.in-addr.arpa. localhost. nobody.invalid. 1 3600 1200 604800 10800'],
    ['10.in-addr.arpa', 'NS', '10.in-addr.arpa. localhost.'],
    ['10.in-addr.arpa', 'A', 'NODATA 10.in-addr.arpa. 6'],
    ['1.0.0.127.in-addr.arpa', 'PTR', '1.0.0.127.in-addr.arpa. localhost.'],
    ['0.0.127.in-addr.arpa', 'PTR', 'NODATA 127.in-addr.arpa. 6'],
    ['2.0.0.127.in-addr.arpa', 'PTR', 'NXDOMAIN 127.in-addr.arpa. 6'],
    [`1${'.0'.repeat(31)}.ip6.arpa`, 'PTR', `1${'.0'.repeat(31)}.ip6.arpa. localhost.`],
    ['1.0.d.f.ip6.arpa', 'PTR', 'NXDOMAIN d.f.ip6.arpa. 6'],
    ['printer.home.arpa', 'A', 'NXDOMAIN home.arpa. 6'],
    ['home.arpa', 'SOA', 'home.arpa. localhost. nobody.invalid. 1 3600 1200 604800 10800'],
    ['_dns.resolver.arpa', 'SVCB', 'NODATA resolver.arpa. 6'],
    ['resolver.arpa', 'A', 'NODATA resolver.arpa. 6'],
    ['x.resolver.arpa', 'A', 'NXDOMAIN resolver.arpa. 6'],
  ] as const)('%s %s: %s', (name, type, expected) => {
    expect(answered(name, type)).toBe(expected)
  })

  test.each([
    'www.example',
    'localhost.example',
    'mylocalhost',
    'test.example',
    'arpa',
    'in-addr.arpa',
    '1.2.0.192.in-addr.example',
    '1.0.32.172.in-addr.arpa',
    '1.0.63.100.in-addr.arpa',
    '1.0.128.100.in-addr.arpa',
    '8.8.8.8.in-addr.arpa',
    '1.0.0.2.ip6.arpa',
    'local',
  ])('%s is asked of others', (name) => {
    expect(answered(name, 'PTR')).toBeUndefined()
  })
})
