import { describe, expect, test } from 'vitest'
import { MAX_ASKED_AN_ANSWER, MAX_ASKED_CALL_CHARS, MAX_ASKED_POOLS_CHARS } from '../../../src/limits.ts'
import { healthCalls } from '../../../src/lua/index.ts'
import { AskedPools } from '../../../src/powerdns/index.ts'
import { luaZone, replyFrom, told } from './support.ts'

const SCRIPT = { name: '*.example.com/A', asks: true } as const
const argsOf = (i: number): string => JSON.stringify([443, [`10.0.${i >> 8}.${i & 255}`]])

describe('pools that queries ask for', () => {
  test('are made once, and made again when newer ones took their place', () => {
    let made = 0
    const pools = new AskedPools(
      {
        ...healthCalls,
        answer: (...call) => {
          made++
          return healthCalls.answer(...call)
        },
      },
      'example.com',
      { after: 900, policy: 'keep' },
    )
    const get = (i: number) => pools.find(SCRIPT, 'ifportup', argsOf(i)) ?? pools.make(SCRIPT, 'ifportup', argsOf(i))
    for (let i = 0; i < 10; i++) get(i % 2)
    expect(made).toBe(2)
    const all = 10_000
    for (let i = 0; i < all; i++) get(i)
    const kept = Array.from({ length: all }, (_, i) => pools.find(SCRIPT, 'ifportup', argsOf(i))).filter(Boolean)
    expect(kept.length).toBeGreaterThan(500)
    expect(kept.length * argsOf(0).length).toBeLessThanOrEqual(MAX_ASKED_POOLS_CHARS)
    // The last ones are there.
    expect(pools.find(SCRIPT, 'ifportup', argsOf(all - 1))?.ok).toBe(true)
  })

  test('have bounded arguments', () => {
    const zone = luaZone(
      `*.x LUA A ";local t = {} local ip = qname:getRawLabels()[1]:gsub('-', '.') for i = 1, 360 do t[i] = ip end return ifportup(443, t)"`,
    )
    expect(told(replyFrom([zone], { name: '192-0-2-1.x' }))).toBe(
      `SERVFAIL: lua:1: ifportup: the arguments are too long; expected at most ${MAX_ASKED_CALL_CHARS} characters`,
    )
  })

  test('are told up to a number an answer', () => {
    const zone = luaZone(
      `*.x LUA A ";for i = 1, 150 do ifportup(443, {'10.0.' .. i .. '.' .. qname:getRawLabels()[1]}) end return '192.0.2.1'"`,
    )
    const reply = replyFrom([zone], { name: '7.x' })
    expect(told(reply)).toBe('192.0.2.1')
    expect(reply.asked).toHaveLength(MAX_ASKED_AN_ANSWER)
    expect(reply.trace.filter(({ step }) => step === 'asked').length).toBeLessThanOrEqual(MAX_ASKED_AN_ANSWER)
  })

  test('are told of a zone that does not believe the Client Subnet option too', () => {
    for (const clientSubnet of ['on', 'off'] as const) {
      const zone = luaZone('*.x LUA A "ifportup(443, {createForward()})"')
      const reply = replyFrom([{ ...zone, clientSubnet }], { name: '192-0-2-1.x', ecs: '203.0.113.0/24' })
      expect([clientSubnet, told(reply), reply.asked?.length]).toEqual([clientSubnet, '192.0.2.1', 1])
    }
  })

  test('cost the query that makes them', () => {
    const zone = luaZone(
      `*.x LUA A ";for i = 1, 5000 do ifportup(443, {'10.0.' .. (i % 250) .. '.' .. qname:getRawLabels()[1], '10.1.' .. (i % 250) .. '.1'}) end return '192.0.2.1'"`,
    )
    expect(told(replyFrom([zone], { name: '7.x' }))).toMatch(/^SERVFAIL: .*too many steps/)
  })

  test('are not made for a zone that was compiled without what makes them', () => {
    const zone = luaZone('*.x LUA A "ifportup(443, {createForward()})"')
    expect(zone.asksTargets).toBe(true)
  })
})

test('a query makes few pools with patterns, which have programs', () => {
  const zone = luaZone(
    `*.x LUA TXT ";local q = qname:getRawLabels()[1] for i = 1, 20000 do pcall(function() return ifurlup('https://a.example/' .. q .. i, {'192.0.2.1'}, {stringmatch='p{200}' .. i}) end) end"`,
  )
  const { asked = [], response } = replyFrom([zone], { name: 'a.x', type: 'TXT' })
  expect(response.ede?.text).toMatch(/too many steps/)
  expect(asked.length).toBeGreaterThan(0)
  expect(asked.length).toBeLessThanOrEqual(35)
})
