import { beforeAll, expect, test } from 'vitest'
import { rcodeName, TYPE, typeName } from '../../../src/dns/index.ts'
import { contextOf, must, queryOf, replyTo } from '../support.ts'
import { compileText } from '../zonefile/support.ts'
import { newKey, type Rings, ringsOf, signed } from './support.ts'

// PowerDNS 4.7.3 answers these types at the apex before it runs a LUA CNAME there.

const { zone } = must(
  compileText(`$TTL 60
@ SOA ns hostmaster 1 2 3 4 60
@ NS ns
@ MX 10 www
@ LUA CNAME ";return 'www.example.com'"
ns A 192.0.2.53
www A 192.0.2.1
alias CNAME @
`),
)
let rings: Rings
beforeAll(async () => {
  rings = await ringsOf(['example.com'], [await newKey()])
})

/** Returns the types of an answer, without those of signatures. */
async function typesOf(name: string, type: string, isSigned: boolean): Promise<string[]> {
  const message = queryOf(name, type, { options: [] })
  message[message.length - 4] = isSigned ? 0x80 : 0
  const reply = replyTo(message, contextOf([zone]))
  const { rcode, answer } = (isSigned ? await signed(reply, rings) : reply).response
  expect(rcodeName(rcode)).toBe('NOERROR')
  return answer.filter((rrset) => rrset.type !== TYPE.RRSIG).map((rrset) => typeName(rrset.type))
}

test.each([
  ['example.com.', 'SOA', ['SOA'], ['SOA']],
  ['example.com.', 'DNSKEY', ['DNSKEY'], []],
  ['example.com.', 'CDS', ['CDS'], []],
  ['example.com.', 'CDNSKEY', ['CDNSKEY'], []],
  ['example.com.', 'DS', [], []],
  ['example.com.', 'A', ['CNAME', 'A'], ['CNAME', 'A']],
  ['example.com.', 'MX', ['CNAME'], ['CNAME']],
  ['alias.example.com.', 'SOA', ['CNAME', 'SOA'], ['CNAME', 'SOA']],
  ['alias.example.com.', 'DNSKEY', ['CNAME', 'DNSKEY'], ['CNAME']],
])('a LUA CNAME at the apex, asked %s %s: %o signed, %o unsigned', async (name, type, whenSigned, unsigned) => {
  expect(await typesOf(name, type, true)).toEqual(whenSigned)
  expect(await typesOf(name, type, false)).toEqual(unsigned)
})
