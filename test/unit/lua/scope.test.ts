import { expect, test } from 'vitest'
import { type Address, addressBits, formatAddress, maskAddress } from '../../../src/net/index.ts'
import { compileSource } from '../../../src/zonefile/index.ts'
import { runCount } from '../../effort.ts'
import { GRAMMAR_INCLUDES, Grammar } from '../powerdns/grammar.ts'
import { address, seeded } from '../support.ts'
import { HEAD, replyFrom, told } from './support.ts'

const SCRIPTS = runCount(680)
const OTHERS = 4

/** On both sides of the borders that the grammar's networks have. */
const CLIENTS = [
  ...['10.1.2.3', '10.1.2.2', '10.9.9.9', '11.0.0.1', '192.0.2.1', '192.0.2.127', '192.0.2.128', '192.0.3.0'],
  ...['203.0.113.127', '203.0.113.200', '127.255.255.255', '128.0.0.1', '2001:db8::7', '2001:db9::1', '::1'],
].map(address)

const random = seeded(20_261_122)

/** Somebody else of whom the first bits are the same. */
function neighbour({ family, bytes }: Address, bits: number): Address {
  const other = Uint8Array.from(bytes, () => Math.floor(random() * 256))
  const kept = maskAddress({ family, bytes }, bits).bytes
  const rest = maskAddress({ family, bytes: other }, bits).bytes
  return { family, bytes: other.map((byte, i) => byte ^ (rest[i] as number) ^ (kept[i] as number)) }
}

test('an answer with scope S is that of everybody in the client’s network of S bits', () => {
  const grammar = new Grammar(random)
  const scopes = new Map<number, number>()
  for (let i = 0; i < SCRIPTS; i++) {
    const code = grammar.script()
    const text = `${HEAD}${GRAMMAR_INCLUDES}x LUA TXT "${code}"\n`
    const compiled = compileSource({ file: 'example.com.zone', text }, () => ({ ok: false, error: 'no file' }))
    if (!compiled.ok) continue
    const get = (who: Address) => {
      const asked = { type: 'TXT', ecs: `${formatAddress(who)}/${addressBits(who.family)}` }
      const reply = replyFrom([compiled.value.zone], asked)
      return { told: told(reply), scope: reply.response.scope ?? 0 }
    }
    const all = CLIENTS.map((client) => ({ client, ...get(client) }))
    for (const one of all) {
      scopes.set(one.scope, (scopes.get(one.scope) ?? 0) + 1)
      const inside = (who: Address): boolean =>
        who.family === one.client.family &&
        formatAddress(maskAddress(who, one.scope)) === formatAddress(maskAddress(one.client, one.scope))
      const others = [
        ...all.filter(({ client }) => inside(client)),
        ...Array.from({ length: OTHERS }, () => neighbour(one.client, one.scope)).map((client) => ({
          client,
          ...get(client),
        })),
      ]
      for (const other of others) {
        expect([code, formatAddress(other.client), other.told, other.scope]).toEqual([
          code,
          formatAddress(other.client),
          one.told,
          one.scope,
        ])
      }
    }
  }
  // Some look at all of the address, some at networks, most at nothing.
  for (const scope of [0, 1, 8, 25, 32, 128]) expect([scope, scopes.get(scope) ?? 0]).not.toEqual([scope, 0])
})
