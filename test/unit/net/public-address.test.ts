import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { expect, test } from 'vitest'
import { formatAddress, isPublicHost } from '../../../src/net/index.ts'
import { runCount } from '../../effort.ts'

/** The networks for documentation, which count as public here. */
const DOCUMENTATION = /^(192\.0\.2|198\.51\.100|203\.0\.113)\.|^2001:db8:/

/** Both ends of each network that ipaddr.js takes for special, and the addresses beside them. */
const ENDS = [ipaddr.IPv4, ipaddr.IPv6].flatMap(({ prototype }) => {
  const ranges = Object.values((prototype as unknown as { SpecialRanges: Record<string, unknown> }).SpecialRanges)
  return (ranges.flat(Number.POSITIVE_INFINITY) as (ipaddr.IPv4 | ipaddr.IPv6 | number)[]).flatMap(
    (network, i, all) => {
      if (typeof network === 'number') return []
      const bytes = network.toByteArray()
      const first = BigInt(`0x${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`)
      const behind = first + (1n << BigInt(8 * bytes.length - (all[i + 1] as number)))
      return [first - 1n, first, behind - 1n, behind].map((number) => octets(number, bytes.length))
    },
  )
})

function octets(number: bigint, length: number): Uint8Array {
  const hex = BigInt.asUintN(8 * length, number)
    .toString(16)
    .padStart(2 * length, '0')
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}

test('an address is public if ipaddr.js takes it for global unicast', () => {
  const anywhere = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc.uint8Array({ minLength: 14, maxLength: 14 }).map((rest) => Uint8Array.of(0x20, 0x01, ...rest)),
  )
  const check = (bytes: Uint8Array) => {
    const text = formatAddress({ family: bytes.length === 4 ? 1 : 2, bytes })
    const { length } = bytes
    const other = ipaddr.process(text)
    const isGlobal = other.kind() === 'ipv4' || ((bytes[0] as number) & 0xe0) === 0x20
    const expected = DOCUMENTATION.test(other.toString()) || (isGlobal && other.range() === 'unicast')
    expect([text, length, isPublicHost(text)]).toEqual([text, length, expected])
  }
  expect(ENDS.length).toBeGreaterThan(100)
  ENDS.forEach(check)
  fc.assert(fc.property(anywhere, check), { numRuns: runCount(2000), seed: 1 })
})
