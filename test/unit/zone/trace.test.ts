import { describe, expect, test } from 'vitest'
import { NO_HEALTH } from '../../../src/health/index.ts'
import { type Context, loadedZones, type Step } from '../../../src/zone/index.ts'
import { answer, resolve } from '../both-forms.ts'
import { address, ecsOption, queryOf, questionOf, replyTo, resolved, seeded, zoneOf } from '../support.ts'

const pool = (select: string, members: readonly unknown[]) => ({
  kind: 'pool',
  check: { kind: 'tcp', port: 80 },
  select,
  members,
})
const ADDRESSES = ['192.0.2.1', '192.0.2.2', '192.0.2.3']
const WEIGHTED = ADDRESSES.map((answer, i) => ({ answer, weight: i + 1 }))

const zone = zoneOf({
  '@': { MX: ['10 mail', '20 far'], NS: ['ns'] },
  mail: { A: { kind: 'weighted', members: WEIGHTED } },
  far: { CNAME: 'host.example.net.' },
  ns: { A: '192.0.2.53' },
  random: { A: { kind: 'random', of: ADDRESSES, count: 2 } },
  weighted: { A: { kind: 'weighted', members: WEIGHTED } },
  hashed: { A: { kind: 'hashed', of: ADDRESSES } },
  'weighted-hashed': { A: { kind: 'weighted-hashed', members: WEIGHTED } },
  'name-hashed': { A: { kind: 'name-hashed', members: WEIGHTED } },
  'consistent-hashed': { A: { kind: 'consistent-hashed', members: WEIGHTED } },
  networks: { A: { kind: 'networks', networks: { '10.0.0.0/8': '192.0.2.1' }, otherwise: '192.0.2.2' } },
  view: { A: { kind: 'view', rules: [{ networks: ['192.0.2.0/24'], answer: '192.0.2.1' }] } },
  geo: { A: { kind: 'geo', countries: { DE: '192.0.2.1' }, otherwise: '192.0.2.2' } },
  'pool-weighted': { A: pool('weighted', WEIGHTED) },
  'pool-multi': { A: pool('weighted-multi', WEIGHTED) },
  'pool-hashed': { A: pool('hashed', ADDRESSES) },
  failover: { A: { kind: 'failover', pools: [pool('random', ADDRESSES), '192.0.2.9'] } },
  https: { A: { kind: 'random', of: ADDRESSES }, HTTPS: '1 . ipv4hint=auto' },
  chain: { CNAME: 'random' },
  alias: { ALIAS: 'pool-weighted' },
  child: { NS: ['ns.child'] },
  'ns.child': { A: '192.0.2.54' },
})

const context = (seed: number): Context => ({
  zones: loadedZones([zone]),
  connection: address('198.51.100.7'),
  health: NO_HEALTH,
  random: seeded(seed),
  identity: 'test',
})

describe('a trace changes nothing', () => {
  test.each([...zone.names.nodes.keys()].map((key) => key.slice(1, 1 + key.charCodeAt(0))))(
    'of the answer at %s',
    (label) => {
      const name = label === 'example' ? 'example.com.' : `${label}.example.com.`
      for (const type of ['A', 'MX', 'HTTPS', 'NS', 'ANY']) {
        const message = queryOf(name, type, { options: [ecsOption('10.1.2.0/24')] })
        const trace: Step[] = []
        const traced = answer(message, context(7), trace)
        expect(traced).toMatchObject({ message: replyTo(message, context(7)).message })
        expect(trace[0]).toMatchObject({ step: 'zone' })
      }
    },
  )
})

describe('steps that led to nothing are not in it', () => {
  test('those of additional records that need a zone that is not loaded', () => {
    const loaded = loadedZones([zone])
    const origin = '\x07example\x03net\0'
    const find = (key: string) => (key.endsWith(origin) ? ({ kind: 'unloaded', origin } as const) : loaded.find(key))
    const asker = { client: address('192.0.2.1'), health: NO_HEALTH, random: seeded(1), identity: '' }
    const trace: Step[] = []
    const found = resolve(questionOf('example.com.', 'MX'), { find }, asker, trace)
    expect(found.kind).toBe('resolved')
    const ofFar = trace.findIndex((step) => step.step === 'additional' && step.name.startsWith('\x03far'))
    expect(ofFar).toBeGreaterThan(0)
    // The walks for A and AAAA left no step of their own.
    expect(trace.slice(ofFar).map(({ step }) => step)).toEqual(['additional', 'additional'])
  })
})

test('a draw that counts twice is told twice', () => {
  const { response, trace } = resolved([zone], 'https.example.com.', 'HTTPS')
  expect(response.additional).toHaveLength(1)
  const draws = trace.filter(({ step }) => step === 'random')
  expect(draws).toHaveLength(2)
  expect(draws[0]).toBe(draws[1])
})
