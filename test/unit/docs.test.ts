import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseName, parseType } from '../../src/dns/index.ts'
import { probabilities } from '../../src/explain/index.ts'
import { type Location, toLocation } from '../../src/geo/index.ts'
import { Health, liveOverrides } from '../../src/health/index.ts'
import { parseAddress } from '../../src/net/index.ts'
import { KINDS } from '../../src/policy/index.ts'
import { err, type Result } from '../../src/result.ts'
import { findRrset, type LocalZone, loadedZones } from '../../src/zone/index.ts'
import { compileSource } from '../../src/zonefile/index.ts'
import { expectationsJsonSchema, zoneJsonSchema } from '../../tools/schema.ts'
import { resolve } from './both-forms.ts'
import { databaseOf } from './geo/support.ts'
import { questionOf } from './support.ts'

const PAGES = ['docs/zone-document.md', 'docs/health.md', 'docs/geography.md', 'docs/load.md']
const pages = PAGES.map((file) => readFileSync(file, 'utf8')).join('\n')
const blocks = [...pages.matchAll(/```(json|text)\n([\s\S]*?)```/g)].map(([, language, text]) => ({
  language,
  text: text as string,
}))

const SOA = { mname: 'ns', rname: 'root', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 }

/** A block is a whole document, or the records of one. */
function zoneOf(text: string): LocalZone {
  const value = JSON.parse(text)
  const document = 'origin' in value ? value : { origin: 'example.com', ttl: 60, soa: SOA, records: value }
  // As the command reads it: Lua code in it is compiled.
  const compiled = compileSource({ file: 'zone.json', text: JSON.stringify(document) }, () => err('no file'))
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
  return compiled.value.zone
}

const examples = blocks.filter(({ language }) => language === 'json').map(({ text }) => text)
const rows = blocks.flatMap(({ language, text }, i) => {
  if (language !== 'text') return []
  return text
    .trimEnd()
    .split('\n')
    .map((row) => [row, blocks[i - 1]?.text as string] as const)
})

test.each(examples.map((text) => [text.slice(0, 60).replaceAll(/\s+/g, ' '), text]))(
  'example %s compiles',
  (_, text) => {
    expect(zoneOf(text).names.nodes.size).toBeGreaterThan(0)
  },
)

/** The database that the page of geography shows. */
const database = databaseOf(
  [...pages.matchAll(/^\| (\S+\/\d+) \| (\{.*\}) \|$/gm)].map(([, network, place]) => [
    network as string,
    JSON.parse(place as string) as Location,
  ]),
)

test.each(rows)('%s', (row, text) => {
  const [, name, type, clientText, cf, down, records, scope] =
    /^(\S+) (\S+) (\S+?)(?: \(at (\{[^}]*\})\))?(?: \(down ([^)]*)\))?: (.*); scope (\d+)$/.exec(
      row,
    ) as unknown as string[]
  const connection = cf === undefined ? undefined : JSON.parse(cf)
  const places = { database, connection: connection && toLocation({ ...connection, region: connection.regionCode }) }
  const forced = (down ?? '').split(' ').filter((target) => target !== '')
  const health = new Health(
    [],
    liveOverrides(forced.map((target) => ({ target, force: 'down', by: 'the page', why: 'example' }))),
    0,
  )
  const zone = zoneOf(text)
  const owner = must(parseName(name as string, zone.origin))
  const client = must(parseAddress(clientText as string))
  const found = zone.names.lookup(owner.key)
  if (found.kind !== 'exact' && found.kind !== 'wildcard') throw new Error(found.kind)
  const policy = findRrset(found.node, must(parseType(type as string)))?.policy
  if (!policy) throw new Error('no rrset')
  const chances = [...probabilities(policy, { client, health, places, name: owner.key }).records].map(
    ([record, chance]) => `${record} ${chance?.toFraction()}`,
  )
  expect(chances.sort().join(', ')).toBe(records)
  const resolution = resolve(questionOf(`${name}.example.com.`, type as string), loadedZones([zone]), {
    client,
    ...{ health, places },
    random: Math.random,
    identity: '',
  })
  expect(resolution.kind === 'resolved' && resolution.response.scope).toBe(Number(scope))
})

test('every kind has an example', () => {
  for (const kind of KINDS) expect(pages).toContain(`"kind": "${kind}"`)
})

test.each([
  ['zone', zoneJsonSchema],
  ['expectations', expectationsJsonSchema],
])('the published JSON Schema %s.schema.json is the one that files are checked by', (name, made) => {
  expect(JSON.parse(readFileSync(`docs/${name}.schema.json`, 'utf8'))).toEqual(JSON.parse(made()))
})

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.error)
  return result.value
}
