import { decode } from 'dns-packet'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Zone } from '../../src/zone/index.ts'
import { compileSource } from '../../src/zonefile/index.ts'
import { address, contextOf, must, replyTo } from '../unit/support.ts'
import { HEALTH_CASES, HEALTH_CONFIG } from './health-cases.ts'
import { type Ask, askUdp, queryOf, rcodeOf, summary } from './messages.ts'
import { type PowerDns, startPowerDns } from './pdns.ts'
import { SCRIPT_CASES, SCRIPT_CONFIG, SCRIPT_NAMES } from './script-cases.ts'
import { needs } from './tools.ts'

const CASES = [...SCRIPT_CASES, ...HEALTH_CASES]
const CLIENTS = ['10.1.2.3/32', '192.0.2.0/24', '203.0.113.7/32', '2001:db8::7/128']

/** Compares LUA records that run in PowerDNS and in the engine. */
needs('pdns_server')('PowerDNS, which runs the same code', () => {
  let pdns: PowerDns
  let theirs: Ask
  let zone: Zone
  beforeAll(async () => {
    const records = CASES.map(([type, code], i) => `c${i} LUA ${type} "${code}"\n`)
    const head = '$TTL 60\n@ SOA ns.script.example. hostmaster.script.example. 1 2 3 4 5\n@ NS ns1.script.example.\n'
    const text = `${head}${SCRIPT_CONFIG}${HEALTH_CONFIG}${records.join('')}`
    zone = must(compileSource({ file: 'script.example.zone', text }, () => ({ ok: false, error: 'no file' }))).zone
    pdns = await startPowerDns({ 'script.example.zone': text })
    theirs = askUdp(pdns.port)
  })
  afterAll(async () => {
    await pdns?.stop()
  })

  const ours: Ask = async (name, type, options) => {
    const { message } = replyTo(new Uint8Array(queryOf(name, type, options)), context())
    return decode(Buffer.from(message))
  }
  const context = () => contextOf([zone], { connection: address('127.0.0.1') })

  test('there are at least a hundred', () => {
    expect(SCRIPT_CASES.length).toBeGreaterThanOrEqual(100)
  })

  const same = async (name: string, type: string): Promise<void> => {
    for (const subnet of CLIENTS) {
      const asked = `${name}.script.example`
      const [mine, oracle] = await Promise.all([ours(asked, type, { subnet }), theirs(asked, type, { subnet })])
      // AA beside SERVFAIL is not a model.
      const linesOf = (reply: typeof mine) => (rcodeOf(reply) === 'SERVFAIL' ? ['SERVFAIL'] : summary(reply))
      expect([subnet, ...linesOf(mine)]).toEqual([subnet, ...linesOf(oracle)])
    }
  }

  test.each(CASES.map(([type, code], i) => [type, code, i] as const))('returns the same: %s %s', (type, _, i) =>
    same(`C${i}`, type),
  )

  test.each(
    SCRIPT_NAMES.flatMap((name) => ['A', 'TXT', 'CNAME', 'UNKNOWN_65402'].map((type) => [name, type] as const)),
  )('returns the same for %s %s', same)
})
