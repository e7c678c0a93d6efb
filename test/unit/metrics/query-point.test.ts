import { expect, test } from 'vitest'
import { Health } from '../../../src/health/index.ts'
import { queryPointOf } from '../../../src/metrics/index.ts'
import { loadedZones, type Step } from '../../../src/zone/index.ts'
import { resolve } from '../both-forms.ts'
import { stateOf, vantageOf } from '../health/support.ts'
import { address, questionOf, seeded, zoneOf } from '../support.ts'

const zone = zoneOf(
  {
    '@': { NS: 'ns' },
    www: {
      A: {
        kind: 'view',
        rules: [
          {
            networks: ['192.0.2.0/24'],
            answer: {
              kind: 'weighted',
              members: [
                { weight: 4_000_000, answer: '192.0.2.1' },
                { weight: 1, answer: '192.0.2.2' },
              ],
            },
          },
        ],
        otherwise: { kind: 'failover', check: 'web', pools: ['192.0.2.8', '192.0.2.9'] },
      },
    },
    '*.wild': { TXT: '"x"' },
    alias: { CNAME: 'www' },
    'a.b': { A: '192.0.2.3' },
  },
  { checks: { web: { kind: 'tcp', port: 80 } } },
)
const down = Object.fromEntries(
  zone.conditions.map(({ probe }) => [probe.id, stateOf(probe.host === '192.0.2.8' ? 'down' : 'up')]),
)
const health = new Health([vantageOf('cron', down, 1_000_000)], [], 1_000_000_000)

test.each([
  [
    'www.example.com',
    'A',
    '192.0.2.77',
    ['example.com', 'www.example.com/A', 'view:192.0.2.0/24 weighted:1', 'NOERROR'],
  ],
  [
    'www.example.com',
    'A',
    '198.51.100.1',
    ['example.com', 'www.example.com/A', 'view:otherwise failover:2', 'NOERROR'],
  ],
  ['www.example.com', 'MX', '198.51.100.1', ['example.com', 'www.example.com', '', 'NOERROR']],
  [
    'chosen-by-a-client.wild.example.com',
    'TXT',
    '198.51.100.1',
    ['example.com', '*.wild.example.com/TXT', '', 'NOERROR'],
  ],
  ['chosen-by-a-client.example.com', 'A', '198.51.100.1', ['example.com', '', '', 'NXDOMAIN']],
  ['alias.example.com', 'A', '192.0.2.77', ['example.com', 'alias.example.com/CNAME', '', 'NOERROR']],
  ['b.example.com', 'A', '192.0.2.77', ['example.com', 'b.example.com', '', 'NOERROR']],
  ['chosen.example.org', 'A', '198.51.100.1', ['', '', '', 'REFUSED']],
])('%s %s from %s is counted as %j', (name, type, client, blobs) => {
  const trace: Step[] = []
  const asker = { client: address(client), health, random: seeded(1), identity: 'test' }
  const resolution = resolve(questionOf(`${name}.`, type), loadedZones([zone]), asker, trace)
  const rcode = resolution.kind === 'resolved' ? resolution.response.rcode : Number.NaN
  expect(queryPointOf(trace, rcode, 0.5, 'DE')).toEqual({ indexes: [blobs[0]], blobs: [...blobs, 'DE'], doubles: [2] })
})

test('the point of a query for a zone with a long name has an index that Analytics Engine takes, and the whole name beside it', () => {
  const origin = `${'a'.repeat(63)}.${'b'.repeat(63)}.example`
  const point = queryPointOf(
    [{ step: 'zone', origin: `\x3f${'a'.repeat(63)}\x3f${'b'.repeat(63)}\x07example\0`, serial: 1 }],
    0,
    1,
    '',
  )
  expect(point.indexes).toEqual([origin.slice(0, 96)])
  expect(point.blobs[0]).toBe(origin)
})
