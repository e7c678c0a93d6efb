import { type DecodedPacket, decode } from 'dns-packet'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compileSource } from '../../src/zonefile/index.ts'
import { GRAMMAR_INCLUDES, Grammar } from '../unit/powerdns/grammar.ts'
import { address, contextOf, replyTo, seeded } from '../unit/support.ts'
import { type Ask, answersOf, askUdp, queryOf, rcodeOf } from './messages.ts'
import { type PowerDns, startPowerDns } from './pdns.ts'
import { needs } from './tools.ts'

const CLIENTS = ['10.1.2.3/32', '192.0.2.0/24', '203.0.113.200/32', '2001:db8::7/128']
const SCRIPTS = 400
/** The seed. For other scripts: `SCRIPT_FUZZ_SEED=7 npm run test:e2e`. */
const SEED = Number(process.env.SCRIPT_FUZZ_SEED ?? 1)

const HEAD = '$TTL 60\n@ SOA ns.script.example. hostmaster.script.example. 1 2 3 4 5\n@ NS ns1.script.example.\n'
const START = `${HEAD}${GRAMMAR_INCLUDES}`
const FILE = 'script.example.zone'
const connection = address('127.0.0.1')
const noFile = () => ({ ok: false, error: 'no file' }) as const

/** Compares random scripts in PowerDNS and in the engine. */
needs('pdns_server')(`${SCRIPTS} scripts of a grammar, seed ${SEED}`, () => {
  const grammar = new Grammar(seeded(SEED))
  const codes = Array.from({ length: SCRIPTS }, () => grammar.script())
  const fileOf = (records: readonly string[]): string => `${START}${records.join('\n')}\n`
  const record = (code: string, i: number): string => `r${i} LUA TXT "${code}"`
  let pdns: PowerDns
  let theirs: Ask

  beforeAll(async () => {
    // Globals that a script assigns end with its query.
    pdns = await startPowerDns({ [FILE]: fileOf(codes.map(record)) }, { 'enable-lua-records': 'yes' })
    theirs = askUdp(pdns.port)
  })
  afterAll(async () => {
    await pdns?.stop()
  })

  const told = (reply: DecodedPacket): string => [rcodeOf(reply), ...answersOf(reply)].join(' ')
  // PowerDNS fails at every script that the compiler refuses.
  const count = { answered: 0, failed: 0, refused: 0 }

  test('have the same result', async () => {
    for (const [i, code] of codes.entries()) {
      const name = `r${i}.script.example`
      const oracles = await Promise.all(CLIENTS.map(async (subnet) => told(await theirs(name, 'TXT', { subnet }))))
      const compiled = compileSource({ file: FILE, text: fileOf([record(code, i)]) }, noFile)
      const ours = CLIENTS.map((subnet) => {
        if (!compiled.ok) return 'SERVFAIL'
        const { message } = replyTo(queryOf(name, 'TXT', { subnet }), contextOf([compiled.value.zone], { connection }))
        return told(decode(Buffer.from(message)))
      })
      expect([code, ...ours]).toEqual([code, ...oracles])
      for (const one of ours) count[!compiled.ok ? 'refused' : one === 'SERVFAIL' ? 'failed' : 'answered']++
    }
  })

  test('and most of them are answers', () => {
    expect(count.answered, JSON.stringify(count)).toBeGreaterThan(0.8 * SCRIPTS * CLIENTS.length)
  })
})
