import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseAsked } from '../../src/cli/explain.ts'
import { type Explanation, explain } from '../../src/cli/explanation.ts'
import { explanationText } from '../../src/cli/explanation-text.ts'
import { buildQuery, ecsAddress, parseName, parseQuery } from '../../src/dns/index.ts'
import { compileZone, loadedZones } from '../../src/zone/index.ts'
import { must, prefix, seeded } from './support.ts'

const FIXTURES = new URL('../fixtures/explain/', import.meta.url)
const ZONE = must(compileZone(JSON.parse(readFileSync(new URL('example.org.json', FIXTURES), 'utf8')))).zone

function explained(name: string, type: string, client: string, ecs?: string): Explanation {
  const options = { client, zones: 'zones', ...(ecs !== undefined && { ecs }) }
  return explain(must(parseAsked(name, type, options)), loadedZones([ZONE]), seeded(3))
}

/** The output for people, word for word: each case is a file. */
test.each([
  ['view-weighted', 'src.example.org', 'A', '192.168.1.7', undefined],
  ['view-otherwise', 'src.example.org.', 'a', '8.8.8.8', undefined],
  ['view-by-ecs', 'SRC.example.org', 'A', '8.8.8.8', '192.168.77.0/24'],
  ['hashed-opted-out', 'hash.example.org', 'A', '192.0.2.1', '0.0.0.0/0'],
  ['networks', 'map.example.org', 'A', '10.1.2.3', undefined],
  ['networks-none', 'map.example.org', 'A', '2001:db8::1', undefined],
  ['weighted-sample', 'pool.example.org', 'A', '192.0.2.1', undefined],
  ['cname-chain', 'www.example.org', 'A', '192.168.1.7', undefined],
  ['cname-asked', 'www.example.org', 'CNAME', '192.168.1.7', undefined],
  ['cname-loop', 'loop.example.org', 'A', '192.0.2.1', undefined],
  ['hashed', 'hash.example.org', 'A', '192.0.2.1', undefined],
  ['name-hashed', 'by-name.example.org', 'A', '192.0.2.1', undefined],
  ['consistent-hashed', 'ring.example.org', 'A', '192.0.2.1', undefined],
  ['several-records', 'example.org', 'MX', '192.0.2.1', undefined],
  ['wildcard', 'x.y.wild.example.org', 'TXT', '2001:db8::1', undefined],
  ['empty-non-terminal', 'ent.example.org', 'A', '192.0.2.1', undefined],
  ['unknown-type', 'a.ent.example.org', 'TYPE65280', '192.0.2.1', undefined],
  ['no-data', 'ns.example.org', 'AAAA', '192.0.2.1', undefined],
  ['no-name', 'nix.example.org', 'A', '192.0.2.1', undefined],
  ['referral', 'deep.sub.example.org', 'A', '192.0.2.1', undefined],
  ['refused', 'example.com', 'A', '192.0.2.1', undefined],
  ['any', 'example.org', 'ANY', '192.0.2.1', undefined],
  ['zone-transfer', 'example.org', 'AXFR', '192.0.2.1', undefined],
])('%s', async (file, name, type, client, ecs) => {
  await expect(`${explanationText(explained(name, type, client, ecs))}\n`).toMatchFileSnapshot(
    `../fixtures/explain/${file}.txt`,
  )
})

test('--json has the question, the decision, and every answer with its exact chance', async () => {
  const explanation = explained('www.example.org', 'A', '8.8.8.8', '192.168.77.0/24')
  await expect(`${JSON.stringify(explanation, null, 2)}\n`).toMatchFileSnapshot(
    '../fixtures/explain/cname-chain.explained.json',
  )
})

test('a reply that does not fit a message is explained as what is sent', () => {
  const servers = Array.from({ length: 1000 }, (_, i) => `n${i}.sub`)
  const addresses = Array.from({ length: 40 }, (_, i) => `192.0.2.${i}`)
  const glue = Object.fromEntries(servers.map((name) => [name, { A: addresses }]))
  const soa = { mname: 'ns', rname: 'root', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 }
  const records = { '@': { NS: 'ns.example.net.' }, sub: { NS: servers }, ...glue }
  const { zone } = must(compileZone({ origin: 'example.com', ttl: 60, soa, records }))
  const asked = must(parseAsked('www.sub.example.com', 'A', { client: '192.0.2.1', zones: 'zones' }))
  const explanation = explain(asked, loadedZones([zone]), seeded(3))
  expect(explanation).toMatchObject({ status: 'SERVFAIL', authority: [], additional: [], answers: [] })
  expect(explanation.endings).toEqual([{ ending: 'failure', status: 'SERVFAIL', probability: '1', chance: 1 }])
  expect(explanation.trace.at(-1)).toEqual({ step: 'too-large' })
})

test('the chances of the ways to end add up to 1', () => {
  for (const name of ['src', 'map', 'pool', 'www', 'loop', 'ent', 'nix', 'sub']) {
    const { endings } = explained(`${name}.example.org`, 'A', '192.168.1.7')
    const sum = endings.reduce((total, { chance }) => total + (chance ?? Number.NaN), 0)
    expect(sum, name).toBeCloseTo(1, 12)
  }
})

test.each([
  ['a..b', 'A', { client: '192.0.2.1' }, 'empty label'],
  ['a'.repeat(64), 'A', { client: '192.0.2.1' }, 'at most 63'],
  ['a', 'FOO', { client: '192.0.2.1' }, '"FOO" is not a record type; expected one like A'],
  ['a', 'A', {}, 'expected --client'],
  ['a', 'A', { client: '10.1' }, '--client "10.1" is not an IP address; expected'],
  ['a', 'A', { client: '192.0.2.1', ecs: '192.0.2.0/33' }, '--ecs "192.0.2.0/33" has no valid prefix length; expected'],
  ['a', 'A', { client: '192.0.2.1', ecs: 'here' }, '--ecs "here" is not a network; expected'],
])('explain %s %s with %j is refused', (name, type, options, message) => {
  const parsed = parseAsked(name, type, { zones: 'zones', ...options })
  expect(parsed.ok ? 'accepted' : parsed.error).toContain(message)
})

test.each([
  ['192.0.2.77/24', '192.0.2.0/24'],
  ['192.0.2.77/20', '192.0.0.0/20'],
  ['192.0.2.77', '192.0.2.77/32'],
  ['2001:db8:1:2::9/56', '2001:db8:1::/56'],
])('--ecs %s is sent as %s, as dig does', (given, sent) => {
  const asked = must(parseAsked('a', 'A', { zones: 'zones', client: '192.0.2.1', ecs: given }))
  const query = must(parseQuery(buildQuery({ name: asked.name, type: asked.type, edns: true, subnet: asked.ecs })))
  expect(query.error).toBeUndefined()
  const { family, length, bytes } = prefix(sent)
  expect(query.edns?.ecs).toMatchObject({ family, sourcePrefixLength: length })
  expect(query.edns?.ecs && ecsAddress(query.edns.ecs)).toEqual({ family, bytes })
})

test('a name keeps its odd bytes and its case in the query', () => {
  const name = must(parseName('A\\.b.\\200.Example.'))
  const query = must(parseQuery(buildQuery({ name, type: 28 })))
  expect(query.question).toMatchObject({ key: name.key, type: 28, class: 1 })
  expect(query.question?.wire).toEqual(name.wire)
  expect(query.recursionDesired).toBe(true)
})
