import { describe, expect, test } from 'vitest'
import { formatDiagnostic } from '../../../src/zonefile/index.ts'
import { compileText } from '../zonefile/support.ts'

const told = (answer: unknown, more: object = {}): string[] => {
  const soa = { mname: 'ns', rname: 'host', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 }
  const records = { '@': { NS: 'ns' }, ns: { A: '192.0.2.53' }, www: { A: answer } }
  const compiled = compileText(JSON.stringify({ origin: 'example.com.', ttl: 300, soa, ...more, records }), 'zone.json')
  const found = compiled.ok ? compiled.value.warnings : compiled.error
  return found.map((one) => formatDiagnostic(one).replace(/^zone\.json:1:\d+: /, ''))
}

describe('one mistake in a document is told in one line, with its mend', () => {
  const ANSWER = 'expected text, a list, or an object with a "kind", like { "kind": "random", "of": ["192.0.2.1"] }'
  const KINDS = 'expected one of "random", "weighted", "hashed", "weighted-hashed", "name-hashed", "consistent-hashed"'
  const WEIGHTED = '[{ "weight": 1, "answer": "192.0.2.1" }]'
  test.each<[string, unknown, string]>([
    [
      'a view without rules',
      { kind: 'view' },
      'the field "rules" is missing; expected a list like [{ "networks": ["192.0.2.0/24"], "answer": "198.51.100.1" }]',
    ],
    ['a mistyped kind', { kind: 'veiw', rules: [] }, 'there is no kind "veiw"; expected "view"'],
    [
      'another kind',
      { kind: 'nearest' },
      `there is no kind "nearest"; ${KINDS}, "view", "networks", "pool", "failover", "geo", "datacenters", …`,
    ],
    ['a kind that is a number', { kind: 1 }, `the kind is not a text; ${KINDS}`],
    ['no kind', { of: [] }, 'the field "kind" is missing; expected one of "random", "hashed"'],
    [
      'an object for a list',
      { kind: 'view', rules: {} },
      'an object is not valid here; expected a list like [{ "networks": ["192.0.2.0/24"], "answer": "198.51.100.1" }]',
    ],
    [
      'a text for a list',
      { kind: 'random', of: '192.0.2.1' },
      '"192.0.2.1" is not valid here; expected a list of answers, like ["192.0.2.1", "192.0.2.2"]',
    ],
    [
      'a list for an object',
      { kind: 'networks', networks: [] },
      'a list is not valid here; expected an object of networks, like { "192.0.2.0/24": "198.51.100.1" }',
    ],
    ['a mistyped field that is needed', { kind: 'view', ruls: [] }, 'unknown field "ruls"; expected "rules"'],
    [
      'a mistyped field of a member',
      { kind: 'weighted', members: [{ weigth: 1, answer: '192.0.2.1' }] },
      'unknown field "weigth"; expected "weight"',
    ],
    ['no members', { kind: 'weighted' }, `the field "members" is missing; expected a list like ${WEIGHTED}`],
    [
      'a TTL inside a rule',
      { kind: 'view', rules: [{ networks: ['10.0.0.0/8'], answer: { ttl: 5, answer: '192.0.2.1' } }] },
      '"answer" with "ttl" is for a whole rrset, not for an answer inside of one; expected the answer itself',
    ],
    [
      'a TTL in a policy',
      { kind: 'random', of: ['192.0.2.1'], ttl: 60 },
      'a policy has no "ttl" and no "answer" of its own; expected them around it: { "ttl": 60, "answer": { "kind": … } }',
    ],
    ['a number for an answer', 5, `5 is not valid here; ${ANSWER}`],
    [
      'a selector',
      { kind: 'pool', members: ['192.0.2.1'], select: 'wighted' },
      '"wighted" is not valid here; expected "weighted"',
    ],
    [
      'a name of a check',
      { kind: 'pool', members: ['192.0.2.1'], check: 'wbe' },
      'there is no check "wbe"; expected "web"',
    ],
    [
      'a kind of check',
      { kind: 'pool', members: ['192.0.2.1'], check: { kind: 'tpc', port: 1 } },
      'there is no kind "tpc"; expected "tcp"',
    ],
  ])('%s', (_, answer, message) => {
    const lines = told(answer, { checks: { web: { kind: 'tcp', port: 80 }, dns: { kind: 'tcp', port: 53 } } })
    expect(lines).toHaveLength(1)
    expect(lines[0]?.slice(0, message.length)).toBe(message)
    expect(lines[0]?.length).toBeLessThanOrEqual(220)
  })

  test.each<[string, object, string]>([
    ['a field of the zone', { heath: {} }, 'unknown field "heath"; expected "health"'],
    [
      'a list of checks',
      { checks: [] },
      'a list is not valid here; expected an object of checks, like { "web": { "kind": "tcp", "port": 443 } }',
    ],
    ['a time', { ttl: '5x' }, '"5x" is not a valid time; expected seconds, or units as in 1h30m'],
  ])('%s', (_, more, message) => {
    expect(told('192.0.2.1', more)).toEqual([message])
  })
})
