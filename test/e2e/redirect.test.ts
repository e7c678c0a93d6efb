import { afterAll, beforeAll, expect, test } from 'vitest'
import { must } from '../unit/support.ts'
import { compileText } from '../unit/zonefile/support.ts'
import { type Engine, startEngine } from './engine.ts'
import { type Ask, askUdp, summary } from './messages.ts'
import { type PowerDns, startPowerDns } from './pdns.ts'
import { pooled } from './processes.ts'
import { needs } from './tools.ts'

const ZONE = `$TTL 300
@          SOA   ns hostmaster 1 3600 900 604800 60
           NS    ns
ns         A     192.0.2.53
old   120  DNAME new
old        A     192.0.2.1
new        A     192.0.2.10
www.new    A     192.0.2.11
www.new    MX    10 mail
*.wild.new A     192.0.2.12
back.new   CNAME www.old
far        DNAME elsewhere.invalid.
to-old     CNAME www.old
both       A     192.0.2.20
both       AAAA  2001:db8::20
both       HTTPS 1 . alpn=h2 ipv4hint=auto ipv6hint=auto ech=AQID
one        A     192.0.2.21
one        HTTPS 1 . ipv4hint=auto ipv6hint=auto
no         HTTPS 1 . ipv4hint=auto port=8443
aims       HTTPS 1 both.redirect.example. ipv6hint=auto ipv4hint=192.0.2.99
aims       HTTPS 2 nowhere.redirect.example. ipv6hint=auto
`
const NAMES = ['old', 'www.old', 'nix.old', 'a.b.wild.old', 'wild.old', 'back.old', 'x.far', 'to-old']

/** CNAME is left out: PowerDNS then follows the synthesised CNAME of a DNAME, and BIND does not. */
const TYPES = ['A', 'MX', 'DNAME', 'TXT']

needs('pdns_server')('PowerDNS redirects by DNAME, and fills in hints, like us', () => {
  let engine: Engine
  let pdns: PowerDns
  let ours: Ask
  let theirs: Ask
  beforeAll(async () => {
    engine = await startEngine([must(compileText(ZONE, 'redirect.example.zone')).zone])
    pdns = await startPowerDns({ 'redirect.example.zone': ZONE })
    ours = askUdp(engine.port)
    theirs = askUdp(pdns.port)
  })
  afterAll(async () => {
    engine?.stop()
    await pdns?.stop()
  })

  test.each(NAMES)('%s', async (name) => {
    const ask = (server: Ask) =>
      pooled(TYPES, async (type) => [type, ...summary(await server(`${name}.redirect.example`, type))])
    expect(await ask(ours)).toEqual(await ask(theirs))
  })

  test.each(['both', 'one', 'no', 'aims'])('hints that are auto: %s', async (name) => {
    const ask = async (server: Ask) => summary(await server(`${name}.redirect.example`, 'UNKNOWN_65'))
    const answered = await ask(ours)
    expect(answered.length).toBeGreaterThan(1)
    expect(answered).toEqual(await ask(theirs))
  })
})
