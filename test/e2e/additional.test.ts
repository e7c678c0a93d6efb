import packet, { type Answer, type DecodedPacket } from 'dns-packet'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compileSource } from '../../src/zonefile/index.ts'
import { contextOf, ecsOption, must, queryOf, replyTo } from '../unit/support.ts'
import { askUdp } from './messages.ts'
import { type PowerDns, startPowerDns } from './pdns.ts'
import { needs } from './tools.ts'

/** Compares the additional section with PowerDNS's, for records and referrals whose addresses both send. */

const ZONE = `$ORIGIN more.example.
$TTL 300
@ SOA ns hostmaster 1 3600 900 604800 60
@ NS ns
@ NS ns.elsewhere.example.
@ MX 10 mail
@ MX 20 six
@ MX 30 nothing
@ MX 40 mail.elsewhere.example.
ns A 192.0.2.53
mail A 192.0.2.25
mail AAAA 2001:db8::25
six AAAA 2001:db8::6
alias CNAME mail
to-alias MX 10 alias
null MX 0 .
_sip._tcp SRV 0 0 5060 mail
_sip._tcp SRV 1 0 5060 .
sub NS ns.sub
sub NS ns
ns.sub A 192.0.2.54
`
const { zone } = must(compileSource({ file: 'more.example.zone', text: ZONE }, () => ({ ok: false, error: 'no file' })))

type Records = readonly string[]
const additional = ({ additionals = [] }: DecodedPacket): Records =>
  additionals
    .filter((record): record is Exclude<Answer, { type: 'OPT' }> => record.type !== 'OPT')
    .map((record) => `${record.name} ${record.type} ${'data' in record ? record.data : ''}`.toLowerCase())
    .sort()

needs('pdns_server')('as PowerDNS', () => {
  let pdns: PowerDns
  beforeAll(async () => {
    pdns = await startPowerDns({ 'more.example.zone': ZONE })
  })
  afterAll(() => pdns?.stop())

  test.each([
    ['more.example', 'MX'],
    ['more.example', 'NS'],
    ['to-alias.more.example', 'MX'],
    ['null.more.example', 'MX'],
    ['_sip._tcp.more.example', 'SRV'],
    ['www.sub.more.example', 'A'],
    ['mail.more.example', 'A'],
  ])('%s %s', async (name, type) => {
    const reply = replyTo(queryOf(`${name}.`, type, { options: [ecsOption('192.0.2.0/24')] }), contextOf([zone]))
    const theirs = additional(await askUdp(pdns.port)(name, type))
    expect(additional(packet.decode(Buffer.from(reply.message)))).toEqual(theirs)
  })
})
