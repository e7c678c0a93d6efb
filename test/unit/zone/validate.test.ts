import { describe, expect, test } from 'vitest'
import { formatName, parseName, TYPE } from '../../../src/dns/index.ts'
import { compileZone, findRrset } from '../../../src/zone/index.ts'
import { contextOf, documentOf, must, oracle, queryOf, replyTo, zoneOf } from '../support.ts'

describe('what is lawful is kept as it is', () => {
  test('times in units, the TTL of an rrset and of the zone', () => {
    const zone = zoneOf(
      {
        a: { A: '192.0.2.1' },
        b: { A: { ttl: '1m30s', answer: '192.0.2.1' } },
        c: { A: { ttl: 0, answer: '192.0.2.1' } },
      },
      { ttl: '1h' },
    )
    const ttl = (name: string) => {
      const found = zone.names.lookup(must(parseName(`${name}.example.com.`)).key)
      return 'node' in found ? findRrset(found.node, TYPE.A)?.ttl : undefined
    }
    expect([ttl('a'), ttl('b'), ttl('c')]).toEqual([3600, 90, 0])
  })
  test('an origin with or without its dot, in any case', () => {
    for (const origin of ['example.com', 'EXAMPLE.com.']) {
      const zone = zoneOf({ www: { A: '192.0.2.1' }, 'x.Example.Com.': { A: '192.0.2.1' } }, { origin })
      expect(formatName(zone.origin.key)).toBe('example.com.')
      expect(zone.names.nodes.size).toBe(3)
    }
  })
  test('the same record twice is one; NS at the apex is missed with a warning', () => {
    const compiled = must(compileZone(documentOf({ www: { A: ['192.0.2.1', '192.0.2.1'], TXT: ['"x"', 'x'] } })))
    expect(compiled.warnings).toEqual([{ path: ['records'], message: expect.stringMatching(/no NS records/) }])
    const reply = replyTo(queryOf('www.example.com.', 'TXT'), contextOf([compiled.zone]))
    expect(oracle(reply.message).answers).toHaveLength(1)
  })
  test('data below a delegation is kept, with a warning', () => {
    const compiled = must(
      compileZone(
        documentOf({ '@': { NS: 'ns' }, sub: { NS: 'ns.sub' }, 'ns.sub': { A: '192.0.2.1' }, 'x.sub': { TXT: '"x"' } }),
      ),
    )
    expect(compiled.warnings.map((warning) => warning.message)).toEqual([
      expect.stringMatching(/x.sub.example.com. is below the delegation sub/),
    ])
  })
})

test('an answer that fits no message: what the reply says is what the message says', () => {
  const addresses = (net: number) => Array.from({ length: 2900 }, (_, i) => `10.${net}.${i >> 8}.${i & 255}`)
  const zone = zoneOf({
    sub: { NS: ['ns1.sub', 'ns2.sub'] },
    'ns1.sub': { A: addresses(1) },
    'ns2.sub': { A: addresses(2) },
  })
  const reply = replyTo(queryOf('www.sub.example.com.', 'A', { options: [] }), contextOf([zone]))
  expect(reply.response.rcode).toBe((reply.message[3] as number) & 15)
})

test('the name of a zone is one that keys of KV have room for; one without escapes always is', () => {
  const label = 'a'.repeat(63)
  const issuesOf = (origin: string) => {
    const compiled = compileZone(documentOf({ '@': { NS: 'ns.example.net.' } }, { origin }))
    return compiled.ok ? [] : compiled.error
  }
  expect(issuesOf(`${label}.${label}.${label}.${'a'.repeat(40)}`)).toEqual([])
  const message = expect.stringMatching(/has 759 characters as text; expected at most 300/)
  expect(issuesOf(Array(3).fill('\\001'.repeat(63)).join('.'))).toEqual([{ path: ['origin'], message }])
})
