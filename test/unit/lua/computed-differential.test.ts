import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Health, type TargetState, UNPROBED } from '../../../src/health/index.ts'
import { healthCalls } from '../../../src/lua/index.ts'
import type { Expression, ScriptExpression } from '../../../src/policy/index.ts'
import { compileZone, type LocalZone, loadedZones, type ZoneDocument } from '../../../src/zone/index.ts'
import { runCount } from '../../effort.ts'
import { outcomes } from '../both-forms.ts'
import { must, questionOf } from '../support.ts'
import { compileText } from '../zonefile/support.ts'
import { HEALTH_TYPES, healthCode } from './health-arbitraries.ts'
import { HEAD, places, replyFrom, told } from './support.ts'

/** Every second target is up, and those between are down. */
function halfUp({ conditions }: LocalZone): Health {
  const ids = [...new Set(conditions.map(({ probe }) => probe.id))].sort()
  const targets = new Map(
    ids.map((id, i): [string, TargetState] => [id, { ...UNPROBED, state: i % 2 ? 'up' : 'down', since: 1, at: 1 }]),
  )
  return new Health([{ name: 'test', at: 1000, targets }], [], 1000)
}

/** All texts with their chances, and all endings. */
function chancesOf(zone: LocalZone, health: Health, type: string, client: string): string {
  const reply = replyFrom([zone], { type, client, context: { health, database: places } })
  const found = outcomes(questionOf('x.example.com.', type), loadedZones([zone]), reply.asker as never)
  const shown = [
    ...(found?.records ?? []).map(({ text, chance }) => `${text} ${chance?.toFraction() ?? '?'}`),
    ...(found?.endings ?? []).map(({ ending, chance }) => `${ending} ${chance?.toFraction() ?? '?'}`),
  ]
  return shown.sort().join('; ')
}

const withoutChances = (text: string | undefined) => text?.replace(/ (?:\d+(?:\/\d+)?|\?)(?=;|$)/g, '')

/** A function that is assigned somewhere is the script's own: its calls are not folded, and run. */
const NAMES = 'ifportup, ifurlup, ifurlextup, pickselfweighted'
const DEFEATED = `${NAMES} = ${NAMES} return `

describe('a call is the same, folded and run', () => {
  test.each(HEALTH_TYPES)('of type %s', (type) => {
    let compared = 0
    fc.assert(
      fc.property(healthCode(type).any, (code) => {
        const [folded, run] = [code, `;${DEFEATED}${code}`].map((text) =>
          compileText(`${HEAD}x LUA ${type} "${text}"\n`),
        )
        if (!folded?.ok || !run?.ok) {
          // A call that fails at its arguments fails in both.
          expect([folded?.ok, run?.ok]).toEqual([false, false])
          return
        }
        const idsOf = ({ conditions }: LocalZone) => [...new Set(conditions.map(({ probe }) => probe.id))].sort()
        expect(idsOf(run.value.zone)).toEqual(idsOf(folded.value.zone))
        expect(run.value.zone.asksTargets).toBe(false)
        const health = halfUp(folded.value.zone)
        for (const client of ['198.51.100.7', '2001:db8::1']) {
          const [a, b] = [folded.value.zone, run.value.zone].map((zone) => chancesOf(zone, health, type, client))
          // The chance of a script is unknown where members are alike: then the texts are the same.
          const isKnown = !b?.includes('?')
          expect(isKnown ? b : withoutChances(b)).toBe(isKnown ? a : withoutChances(a))
        }
        compared++
      }),
      { numRuns: runCount(60) },
    )
    expect(compared).toBeGreaterThan(runCount(60) / 3)
  })
})

// --- programs -------------------------------------------------------------------------------------------------------

const address = fc.integer({ min: 1, max: 5 }).map((n) => `'192.0.2.${n}'`)
const list = fc.array(address, { minLength: 1, maxLength: 3 }).map((all) => `{${all.join(', ')}}`)
const variable = fc.constantFrom('a', 'b', 't.x', 't.y')
const condition = fc.constantFrom(
  ...[
    "netmask({'10.0.0.0/8'})",
    "netmask({'10.1.0.0/16', '192.0.2.0/24'})",
    "country('US')",
    "continent({'EU', 'NA'})",
  ],
  ...['dnssecOK', "bestwho:toString():sub(1, 3) == '10.'", '#a > 1', 'ecswho', "countryCode() == 'nl'", 'a == b'],
)
const value: fc.Arbitrary<string> = fc.oneof(
  ...[list, variable],
  fc.tuple(condition, list, variable).map(([test, one, other]) => `(${test} and ${one} or ${other})`),
  fc.tuple(list, list).map(([one, other]) => `({us = ${one}, nl = ${other}})[countryCode()] or b`),
  fc.tuple(variable, address).map(([of, more]) => `joined(${of}, ${more})`),
  fc.tuple(variable, variable).map(([of, more]) => `copied(${of}, ${more})`),
)
const assignment = fc.tuple(variable, value).map(([to, from]) => `${to} = ${from}`)
const insertion = fc.tuple(variable, address).map(([to, what]) => `table.insert(${to}, ${what})`)
const simple = fc.oneof(assignment, assignment, insertion)
const statement = fc.oneof(
  simple,
  fc.tuple(condition, simple, simple).map(([test, yes, no]) => `if ${test} then ${yes} else ${no} end`),
  fc.tuple(condition, simple).map(([test, yes]) => `if not ${test} then ${yes} end`),
  fc.tuple(simple).map(([inner]) => `for i = 1, 2 do if i == #b then ${inner} end end`),
  fc
    .tuple(variable, simple)
    .map(([over, inner]) => `for _, ip in ipairs(${over}) do if ip == '192.0.2.1' then ${inner} end end`),
  fc.tuple(condition, simple).map(([test, inner]) => `pcall(function() if ${test} then error('no') end ${inner} end)`),
)
const PRELUDE = [
  "local a, b, t = {'192.0.2.1'}, {'192.0.2.2'}, {x = {'192.0.2.3'}, y = {'192.0.2.4'}}",
  'local function joined(list, more) local new = {unpack(list)} new[#new + 1] = more return new end',
  'local function copied(...) local new = {} for _, list in pairs({...}) do for _, ip in pairs(list) do new[#new + 1] = ip end end return new end',
].join(' ')
const program = fc
  .tuple(fc.array(statement, { minLength: 1, maxLength: 5 }), value, fc.constantFrom('all', 'random', 'hashed'))
  .map(
    ([body, ips, how]) =>
      `${PRELUDE} ${body.join(' ')} return ifportup(443, ${ips}, {selector='${how}', backupSelector='all'})`,
  )

/** The same document, as if nothing had been found when it was compiled: its queries make all pools themselves. */
function askingOf(document: ZoneDocument): LocalZone {
  const { x, ...rest } = document.records
  const script = x?.A as ScriptExpression<Expression>
  const parts = script.parts?.filter(({ args }) => args === undefined)
  return must(
    compileZone({ ...document, records: { ...rest, x: { A: { ...script, parts, asks: true } } } }, { healthCalls }),
  ).zone
}

const CLIENTS = ['10.1.2.3', '10.200.0.1', '192.0.2.7', '198.51.100.7', '203.0.113.9', '2001:db8::1']

test('whatever a program computes was found by running it along all ways', () => {
  let known = 0
  fc.assert(
    fc.property(program, (code) => {
      const compiled = compileText(`${HEAD}x LUA A ";${code}"\n`)
      if (!compiled.ok) return
      const { zone, document } = compiled.value
      const asking = askingOf(document)
      const health = halfUp(zone)
      const targets = new Set(zone.conditions.map(({ target }) => target))
      for (const client of CLIENTS) {
        const [found, made] = [zone, asking].map((one) =>
          replyFrom([one], { client, context: { health, database: places } }),
        )
        if (!found || !made) throw new Error('no reply')
        expect(told(found)).toBe(told(made))
        expect(found.response.scope).toBe(made.response.scope)
        // The targets that the other one has to ask for are in the document.
        if (zone.asksTargets) continue
        for (const { target } of made.asked ?? []) expect(targets).toContain(`${target}:443`)
        expect(found.asked).toBeUndefined()
        known++
      }
    }),
    { numRuns: runCount(100) },
  )
  expect(known).toBeGreaterThan(runCount(100))
})
