import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatAddress } from '../../../src/net/index.ts'
import type { Expression } from '../../../src/policy/index.ts'
import { runCount } from '../../effort.ts'
import { address, seeded } from '../support.ts'
import { decide, policyOf, texts } from './support.ts'

const ip = fc.nat({ max: 5 }).map((i) => `192.0.2.${i + 1}`)
const net = fc
  .tuple(
    fc.constantFrom('10.0.0.0', '10.1.2.3', '10.1.3.0', '10.255.255.255', '2001:db8::', '2001:db8:1::'),
    fc.nat({ max: 128 }),
  )
  .map(([text, length]) => `${text}/${Math.min(length, text.includes(':') ? 128 : 32)}`)
const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'scope' },
    ip,
    fc.array(tie('expression'), { minLength: 1, maxLength: 3 }),
    fc.record({
      kind: fc.constant('random' as const),
      of: fc.array(tie('expression'), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      kind: fc.constant('hashed' as const),
      of: fc.array(tie('expression'), { minLength: 1, maxLength: 2 }),
    }),
    fc.record({
      kind: fc.constant('view' as const),
      rules: fc.array(fc.record({ networks: fc.array(net, { maxLength: 3 }), answer: tie('expression') }), {
        minLength: 1,
        maxLength: 3,
      }),
      otherwise: fc.option(tie('expression'), { nil: undefined }),
    }),
    fc.record({
      kind: fc.constant('networks' as const),
      networks: fc
        .uniqueArray(fc.tuple(net, tie('expression')), { maxLength: 3, selector: ([text]) => formatNet(text) })
        .map(Object.fromEntries<Expression>),
      otherwise: fc.option(tie('expression'), { nil: undefined }),
    }),
  ),
}))
const bitsOf = (text: string): string[] =>
  [...address(text).bytes].flatMap((byte) => [...byte.toString(2).padStart(8, '0')])
const formatNet = (text: string): string => {
  const [first, length] = text.split('/') as [string, string]
  return `${first.includes(':')}${bitsOf(first).slice(0, Number(length)).join('')}`
}

test('every client that shares the scope’s bits gets the same records, over nested expressions', () => {
  const clients = ['10.0.0.0', '10.1.2.3', '10.1.3.9', '11.0.0.0', '192.0.2.1', '2001:db8::', '2001:db8:1::9', 'fe80::']
  fc.assert(
    fc.property(expression, fc.constantFrom(...clients), fc.infiniteStream(fc.boolean()), (each, client, coins) => {
      const policy = policyOf(each)
      const own = decide(policy, client, seeded(5))
      const bits = bitsOf(client)
      // Flip the scope's next bit, or leave it, and draw those after it: neighbours near and far.
      for (const keep of [0, 1, 9, 60].map((more) => own.scope + more)) {
        const other = bits.map((bit, i) => (i < keep ? bit : coins.next().value ? '1' : '0'))
        const bytes = Uint8Array.from(other.join('').match(/.{8}/g) ?? [], (octet) => Number.parseInt(octet, 2))
        const neighbour = formatAddress({ family: bytes.length === 4 ? 1 : 2, bytes })
        const theirs = decide(policy, neighbour, seeded(5))
        expect([neighbour, texts(theirs), theirs.failure]).toEqual([neighbour, texts(own), own.failure])
        expect(theirs.scope).toBe(own.scope)
      }
    }),
    { numRuns: runCount(600), seed: 43 },
  )
})
