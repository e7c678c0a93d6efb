import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatName } from '../../../src/dns/index.ts'
import { Health, liveOverrides } from '../../../src/health/index.ts'
import { healthCalls } from '../../../src/lua/index.ts'
import type { Policy, Script } from '../../../src/policy/index.ts'
import { AskedPools, includedIn } from '../../../src/powerdns/index.ts'
import type { PowerDnsScript } from '../../../src/powerdns/script.ts'
import { Damaged } from '../../../src/stored-value.ts'
import type { LocalZone } from '../../../src/zone/index.ts'
import { runCount } from '../../effort.ts'
import { luaZone, places, replyFrom, told } from '../lua/support.ts'
import { loaded, stored } from '../policy/stored-support.ts'
import { must } from '../support.ts'
import { zoneText } from '../zone/arbitraries.ts'
import { compileCorpus, corpusFiles, questionsOf, readCorpus } from '../zonefile/corpus-support.ts'
import { compileText } from '../zonefile/support.ts'

type WithPolicy = { policy: Policy }

const rrsetsOf = ({ names }: LocalZone): WithPolicy[] => [...names.nodes.values()].flatMap(({ rrsets }) => [...rrsets])

const askedOf = ({ origin, stale }: LocalZone): AskedPools =>
  new AskedPools(healthCalls, formatName(origin).slice(0, -1), stale)

/** Puts the policies of a zone in the place of others that were stored and loaded. */
function reload(zone: LocalZone): LocalZone {
  const { origin } = zone
  const asked = askedOf(zone)
  for (const rrset of rrsetsOf(zone)) rrset.policy = loaded(stored(rrset.policy), { origin, asked })
  return zone
}

const scriptIn = (zone: LocalZone): Script => {
  const script = rrsetsOf(zone).find(({ policy }) => policy.kind === 'script')?.policy
  if (script?.kind !== 'script') throw new Error('no script')
  return script
}

/** Every second target is down. */
const halfUp = ({ conditions }: LocalZone): Health =>
  new Health(
    [],
    liveOverrides(
      conditions.flatMap(({ target }, i) => (i % 2 ? [{ target, force: 'down', by: 'ada', why: 'a test' }] : [])),
    ),
    1000,
  )

type Question = { readonly name: string; readonly type: string }

/** Expects the same replies, with the same traces, from a zone and from the same zone that was stored. */
function expectSame(before: LocalZone, after: LocalZone, questions: readonly Question[]): void {
  const sides = [before, after].map((zone) => [zone, halfUp(zone)] as const)
  for (const question of questions) {
    for (const [i, client] of ['192.0.2.1', '198.51.100.7', '10.1.2.3', '2001:db8::1'].entries()) {
      const asked = { ...question, client, seed: i }
      const [a, b] = sides.map(([zone, health]) =>
        replyFrom([zone], { ...asked, context: { health, database: places } }),
      )
      expect(b?.message).toEqual(a?.message)
      expect(b?.trace).toEqual(a?.trace)
    }
  }
}

test('zones of LUA records answer as before when their policies were stored', () => {
  let scripts = 0
  fc.assert(
    fc.property(zoneText({ lua: true }), (text) => {
      const [before, after] = [must(compileText(text)), must(compileText(text))]
      scripts += rrsetsOf(before.zone).filter(({ policy }) => policy.kind === 'script').length
      const questions = Object.entries(before.document.records).flatMap(([name, types]) =>
        Object.keys(types).map((type) => ({ name: name === '@' ? 'example.com.' : name, type })),
      )
      expectSame(before.zone, reload(after.zone), questions)
    }),
    { numRuns: runCount(150) },
  )
  expect(scripts).toBeGreaterThan(runCount(150) / 3)
})

describe('the corpus answers as before', () => {
  test.each(corpusFiles)('%s', (file) => {
    const [before, after] = [compileCorpus(file), compileCorpus(file)]
    if (!before.ok || !after.ok) return
    const questions = questionsOf(readCorpus(file), before.value.document)
    expectSame(
      before.value.zone,
      reload(after.value.zone),
      questions.map(({ name, type }) => ({ name: `${name}.`, type: type.replace('UNKNOWN_', 'TYPE') })),
    )
  })
})

const MORE = 'more.example.com.'

describe('code that scripts include', () => {
  const INCLUDED = [
    "config LUA LUA \"US = {'192.0.2.1'} include('more')\"",
    "more LUA LUA \"if not seen then seen = true include('config') end function up(list) return ifportup(443, {'192.0.2.9'}) end\"",
    'both LUA LUA "both = \'first\'"',
    "both LUA LUA \"second = pickrandom({'second', 'second'})\"",
  ].join('\n')
  const zone = () =>
    luaZone(
      [
        INCLUDED,
        "x LUA A \";include('config') if country('DE') then return US end return up(US)\"",
        'y LUA TXT ";include(\'both\') return both .. second .. qname:toString()"',
      ].join('\n'),
    )

  test('may include each other, and is found by its name', () => {
    const [before, after] = [zone(), reload(zone())]
    expect([...includedIn([scriptIn(before)]).keys()]).toEqual(['config.example.com.', 'more.example.com.'])
    expectSame(before, after, [
      { name: 'x', type: 'A' },
      { name: 'y', type: 'TXT' },
    ])
    expect(told(replyFrom([after], { name: 'y', type: 'TXT' }))).toBe('firstsecondy.example.com.')
    expect(told(replyFrom([after], { name: 'x' }))).toBe('192.0.2.9')
  })

  test('is damaged if one of them is missing, at each use', () => {
    const original = zone()
    const one = stored(scriptIn(original))
    const less = { ...one, included: new Map([...one.included].filter(([name]) => name !== MORE)) }
    for (let times = 0; times < 2; times++) expect(() => loaded(less, original)).toThrow(Damaged)
  })

  test('loads again as soon as it is there', () => {
    const original = zone()
    const one = stored(scriptIn(original))
    const more = one.included.get(MORE) as string
    const included = new Map([...one.included, [MORE, '[[]]'] as const])
    expect(() => loaded({ ...one, included }, original)).toThrow('a tree of code')
    included.set(MORE, more)
    expect(loaded({ ...one, included }, original).kind).toBe('script')
  })
})

describe('scripts', () => {
  const zone = luaZone('*.x LUA A "ifportup(443, {createForward()})"')
  const script = scriptIn(zone)

  test('keep their record, their name, and that queries compute their checks', () => {
    const asked = askedOf(zone)
    const { name, record, asks } = script as PowerDnsScript
    expect(loaded(stored(script), { ...zone, asked })).toMatchObject({ name, record, asks, asked })
    expect(asks).toBe(true)
  })

  test.each<[string, number, unknown]>([
    ['a tree of another form', 1, [{}, [], []]],
    ['a type that is none', 3, 65_536],
    ['an owner that is no name', 4, ''],
    ['another word', 5, 'some lists'],
    ['a list in place of a name', 2, []],
  ])('%s: damaged', (_what, at, value) => {
    const one = stored(script)
    const json = JSON.parse(one.json)
    json[at] = value
    expect(() => loaded({ ...one, json: JSON.stringify(json) }, zone)).toThrow(Damaged)
  })
})
