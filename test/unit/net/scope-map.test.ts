import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Address,
  addressBits,
  buildScopeMap,
  type Family,
  lookupScope,
  maskAddress,
  type Precedence,
  type Prefix,
} from '../../../src/net/index.ts'
import { runCount } from '../../effort.ts'
import { address, hex, prefix } from '../support.ts'

// --- naive answers, written without a thought for speed -------------------------------------------------------------

const bits = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/.{8}/g) ?? [], (octet) => Number.parseInt(octet, 2))

type Net = { readonly bits: string; readonly outcome: number }
const netOf = (network: Prefix, outcome: number): Net => ({
  bits: bits(network.bytes).slice(0, network.length),
  outcome,
})

/** Returns the network that decides for an address of bits, by a scan over all networks. */
function scan(nets: readonly Net[], client: string, precedence: Precedence): number {
  let best = -1
  nets.forEach((net, i) => {
    if (!client.startsWith(net.bits)) return
    if (best < 0 || (precedence === 'longest' && net.bits.length > (nets[best] as Net).bits.length)) best = i
  })
  return best
}

/**
 * The shortest prefixes whose addresses share one outcome, by halving the tree until no network is inside: each half
 * is asked once, and answers its outcome, or undefined for a mixed one.
 */
function naiveScopes(nets: readonly Net[], width: number, precedence: Precedence, none: number) {
  const known = new Map<string, number | undefined>()
  const uniform = (at: string): number | undefined => {
    if (known.has(at)) return known.get(at)
    let result: number | undefined
    if (nets.some((net) => net.bits.length > at.length && net.bits.startsWith(at))) {
      const left = uniform(`${at}0`)
      const right = uniform(`${at}1`)
      result = left === right ? left : undefined
    } else result = nets[scan(nets, at.padEnd(width, '0'), precedence)]?.outcome ?? none
    known.set(at, result)
    return result
  }
  return (client: string): number => {
    let length = 0
    while (uniform(client.slice(0, length)) === undefined) length++
    return length
  }
}

// --- properties -----------------------------------------------------------------------------------------------------

const precedence = fc.constantFrom<Precedence>('first', 'longest')
const outcome = fc.nat({ max: 3 })

describe('a universe of 256 addresses: each look-up equals brute force', () => {
  // The universe's place: its first address, and how many leading bits all its addresses share.
  const places: readonly (readonly [string, number])[] = [
    ['0.0.0.0', 0], // the top 8 bits of IPv4: the rest is zero
    ['0.0.0.0', 24],
    ['255.255.255.0', 24],
    ['127.255.255.0', 20],
    ['::', 0],
    ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00', 120],
    ['2001:db8::', 28], // over the border of the first and the second 32 bits
    ['2001:db8:0:ffff:ffff:ffff:0:0', 60],
    ['7fff:ffff:ffff:ffff:ffff:ffff:0:0', 92],
  ]
  const cases = fc.record({
    nets: fc.array(fc.record({ at: fc.nat({ max: 255 }), length: fc.nat({ max: 8 }), outcome }), { maxLength: 14 }),
    everybody: fc.option(outcome, { nil: undefined }), // perhaps a network for everybody
    position: fc.nat({ max: 14 }),
    which: precedence,
    none: outcome,
  })

  test.each(places)('%s/%i', (first, shared) => {
    const base = address(first)
    const { family } = base
    const width = addressBits(family)
    const stem = bits(base.bytes).slice(0, shared)
    const clients = Array.from({ length: 256 }, (_, at) =>
      `${stem}${at.toString(2).padStart(8, '0')}`.padEnd(width, '0'),
    )
    const addresses = clients.map(bytesOf)

    fc.assert(
      fc.property(cases, ({ nets: list, everybody, position, which, none }) => {
        const entries = list.map(({ at, length, outcome }) => ({
          network: maskAddress({ family, bytes: addresses[at] as Uint8Array }, shared + length),
          outcome,
        }))
        if (everybody !== undefined) {
          entries.splice(position, 0, {
            network: { family, bytes: new Uint8Array(width / 8), length: 0 },
            outcome: everybody,
          })
        }
        const outcomes = entries.map((entry) => entry.outcome)
        const nets = entries.map((entry) => netOf(entry.network, entry.outcome))
        const deciders = clients.map((client) => scan(nets, client, which))
        const results = deciders.map((index) => outcomes[index] ?? none)
        const outside = nets.find((net) => net.bits === '')?.outcome ?? none
        const expected = deciders.map((index, at) => ({ index, scope: bruteScope(results, at, shared, outside) }))

        const networks = entries.map((entry) => entry.network)
        const map = buildScopeMap(networks, which, outcomes, none)
        expect(addresses.map((bytes) => lookupScope(map, { family, bytes }))).toEqual(expected)
      }),
      { numRuns: runCount(40), seed: 7 },
    )
  })

  /** Wider and wider blocks around one of the 256, while all in them have one result. */
  function bruteScope(results: readonly number[], at: number, shared: number, outside: number): number {
    for (let length = 8; length > 0; length--) {
      const size = 2 ** (9 - length)
      const start = at - (at % size)
      if (results.slice(start, start + size).some((result) => result !== results[at])) return shared + length
    }
    return shared > 0 && results[at] !== outside ? shared : 0
  }
})

describe('networks of any length, clients at their borders', () => {
  const build = (family: Family) => {
    const width = addressBits(family)
    const length = fc.oneof(fc.nat({ max: width }), fc.constantFrom(0, 1, width - 1, width, 31, 32))
    const seeds = ['0', '1', '01', '0110', '1'.repeat(33), `${'0'.repeat(31)}1`, `1${'0'.repeat(31)}`].map((text) =>
      text.padEnd(width, text.at(-1)).slice(0, width),
    )
    const flipped = fc
      .tuple(fc.constantFrom(...seeds), fc.array(fc.nat({ max: width - 1 }), { maxLength: 2 }))
      .map(([seed, at]) => {
        const flipping = [...seed]
        for (const i of at) flipping[i] = flipping[i] === '0' ? '1' : '0'
        return flipping.join('')
      })
    const net = fc.record({ at: flipped, length, outcome })
    return { width, flipped, net }
  }
  // ::ffff:0:0/96 is looked up as IPv4: see "families" below.
  const MAPPED = `${'0'.repeat(80)}${'1'.repeat(16)}`
  const around = (start: string, length: number): string[] => {
    const width = start.length
    const low = BigInt(`0b${start.slice(0, length).padEnd(width, '0')}`)
    const high = BigInt(`0b${start.slice(0, length).padEnd(width, '1')}`)
    return [low - 1n, low, high, high + 1n]
      .filter((n) => n >= 0n && n < 1n << BigInt(width))
      .map((n) => n.toString(2).padStart(width, '0'))
  }

  test.each([1, 2] as const)(
    'family %i: the decider is the scan’s, the scope the shortest uniform prefix',
    (family) => {
      const { width, flipped, net } = build(family)
      fc.assert(
        fc.property(
          fc.array(net, { maxLength: 12 }),
          fc.array(flipped, { maxLength: 4 }),
          precedence,
          outcome,
          (list, clients, which, none) => {
            const networks = list.map(({ at, length }) =>
              maskAddress({ family, bytes: bytesOf(at) }, Math.min(length, width)),
            )
            const outcomes = list.map((each) => each.outcome)
            const nets = networks.map((network, i) => netOf(network, outcomes[i] as number))
            const map = buildScopeMap(networks, which, outcomes, none)
            const borders = networks.flatMap((network) => around(bits(network.bytes), network.length))
            const asked = [...new Set([...clients, ...borders])].filter((client) => !client.startsWith(MAPPED))
            const scopeOf = naiveScopes(nets, width, which, none)
            const expected = asked.map((client) => ({
              client,
              index: scan(nets, client, which),
              scope: scopeOf(client),
            }))
            const found = asked.map((client) => ({ client, ...lookupScope(map, { family, bytes: bytesOf(client) }) }))
            expect(found).toEqual(expected)
          },
        ),
        { numRuns: runCount(100), seed: 11 },
      )
    },
  )
})

describe('more ranges than one sample stands for', () => {
  // /28s with gaps between some of them: one run for each range, or long runs, by the number of outcomes.
  const COUNT = 200
  const starts = Array.from({ length: COUNT }, (_, i) => 16 * (i + Math.floor(i / 7)))

  test.each([
    [1, 3],
    [1, COUNT],
    [2, 3],
    [2, COUNT],
  ] as const)('family %i, %i outcomes: borders and their neighbours are the scan’s', (family, outcomes) => {
    const width = addressBits(family)
    const at = (n: number): string => `1010${n.toString(2).padStart(width - 4, '0')}`
    const networks = starts.map((start): Prefix => ({ family, bytes: bytesOf(at(start)), length: width - 4 }))
    const numbers = starts.map((_, i) => 1 + Math.floor((i * outcomes) / COUNT))
    const map = buildScopeMap(networks, 'first', numbers, 0)
    const nets = networks.map((network, i) => netOf(network, numbers[i] as number))
    const scopeOf = naiveScopes(nets, width, 'first', 0)
    const asked = [...starts.flatMap((start) => [start, start + 15, start + 16]).map(at), '0', '1']
    for (const client of asked.map((text) => text.padEnd(width, text.at(-1)))) {
      const expected = { client, index: scan(nets, client, 'first'), scope: scopeOf(client) }
      expect({ client, ...lookupScope(map, { family, bytes: bytesOf(client) }) }).toEqual(expected)
    }
  })
})

describe('families', () => {
  const map = buildScopeMap(['10.0.0.0/8', '2001:db8::/32', '::/0'].map(prefix), 'longest', [1, 2, 3], 0)
  test('an IPv4 network never decides for an IPv6 client, nor the reverse', () => {
    expect(lookupScope(map, address('10.1.2.3'))).toEqual({ index: 0, scope: 8 })
    expect(lookupScope(map, address('2001:db8::1'))).toEqual({ index: 1, scope: 32 })
    expect(lookupScope(map, address('::a01:203'))).toEqual({ index: 2, scope: 3 })
    expect(lookupScope(map, address('192.0.2.1'))).toEqual({ index: -1, scope: 1 })
  })
  test('a mapped client is looked up as IPv4; its scope counts IPv6 bits', () => {
    expect(lookupScope(map, address('::ffff:10.1.2.3'))).toEqual({ index: 0, scope: 104 })
    expect(lookupScope(map, address('::ffff:192.0.2.1'))).toEqual({ index: -1, scope: 97 })
  })
  test('without networks the scope is 0 for all clients', () => {
    const empty = buildScopeMap([], 'first', [], 0)
    expect(lookupScope(empty, address('192.0.2.1'))).toEqual({ index: -1, scope: 0 })
    expect(lookupScope(empty, address('2001:db8::1'))).toEqual({ index: -1, scope: 0 })
  })
})

test('a look-up changes neither its argument nor an earlier result', () => {
  const map = buildScopeMap([prefix('10.0.0.0/8')], 'first', [1], 0)
  const client: Address = address('10.1.2.3')
  const first = lookupScope(map, client)
  lookupScope(map, address('192.0.2.1'))
  expect(hex(client.bytes)).toBe('0a010203')
  expect(first).toEqual({ index: 0, scope: 8 })
})
