import { describe, expect, test } from 'vitest'
import { type NameKey, parseName, ROOT } from '../../../src/dns/index.ts'
import { NO_HEALTH } from '../../../src/health/index.ts'
import { Work } from '../../../src/policy/index.ts'
import { scopeOf } from '../../../src/policy/pool-scope.ts'
import { FUNCTIONS } from '../../../src/powerdns/functions.ts'
import { type FunctionRow, functionRow } from '../../../src/powerdns/index.ts'
import { PowerDnsScript } from '../../../src/powerdns/script.ts'
import { VARIABLES } from '../../../src/powerdns/variables.ts'
import { findRrset, type Zone } from '../../../src/zone/zone.ts'
import { luaZone, places, replyFrom } from '../lua/support.ts'
import { address, must } from '../support.ts'

/** A client that the database knows, and the name that it asks for: its first label is an address. */
const CLIENT = '192.0.2.7'
const NAME = '192-0-2-1.x.example.com.'

type Way = readonly [way: string, code: (name: string, args: string) => string]
const WAYS: readonly Way[] = [
  ['direct, with arguments that are known', (name, args) => `;local r = ${name}(${args}) return type(r)`],
  [
    'direct, with arguments that are computed',
    (name, args) => `;local function same(...) return ... end local r = ${name}(same(${args})) return type(r)`,
  ],
  ['in a local variable', (name, args) => `;local f = ${name} local r = f(${args}) return type(r)`],
  ['in a table', (name, args) => `;local t = {run = ${name}} local r = t.run(${args}) return type(r)`],
]

const argumentsOf = (name: string, extra: readonly string[] = []): string => {
  const { takes } = functionRow(name) as FunctionRow
  return [...takes.map(([, usage, example = usage]) => example), ...extra].join(', ')
}

const zoneOf = (code: string): Zone => luaZone(`*.x LUA TXT "${code}"\nwww A 192.0.2.1`)

const scopeIn = (zone: Zone): number => {
  const context = { database: places }
  const { response } = replyFrom([zone], { name: NAME, type: 'TXT', ecs: `${CLIENT}/32`, context })
  return response.scope ?? 0
}

const key = (name: string): NameKey => must(parseName(name, ROOT)).key

/** The scope where health chooses between this script and another, which must not depend on the state of health. */
function scopeAmongOthers(zone: Zone): number {
  const policy = findRrset(zone.names.find(key('*.x.example.com.')) as never, 16)?.policy
  if (!(policy instanceof PowerDnsScript)) throw new Error('no script')
  const asked = { client: address(CLIENT), name: key(NAME), health: NO_HEALTH, work: new Work() }
  const input = { ...asked, places: { database: places } }
  return Math.max(scopeOf(policy, input), ...policy.policies.map((part) => scopeOf(part, input)))
}

const dependsOnClient = (reads: readonly string[]): boolean =>
  reads.some((read) => ['client', 'place', 'distance'].includes(read))

describe.each(WAYS)('a function called %s', (_, code) => {
  test.each(Object.keys(FUNCTIONS))('%s: the scope is that of what its row says it reads', (name) => {
    const { reads } = functionRow(name) as FunctionRow
    const zone = zoneOf(code(name, argumentsOf(name)))
    expect(scopeIn(zone) > 0).toBe(dependsOnClient(reads))
    expect(scopeAmongOthers(zone) > 0).toBe(dependsOnClient(reads))
    expect(zone.usesPlaces).toBe(reads.some((read) => ['place', 'distance', 'database'].includes(read)))
  })
})

// Calls with known arguments are pools, whose scope is policy's.
describe.each(WAYS.slice(1))('a health function called %s', (_, code) => {
  test.each([
    ['hashed', true, false],
    ['pickclosest', true, true],
    ['all', false, false],
  ])('ifportup with the selector %s: the scope is that of the selector', (selector, usesClients, usesPlaces) => {
    const zone = zoneOf(code('ifportup', argumentsOf('ifportup', [`{selector='${selector}'}`])))
    expect(scopeAmongOthers(zone) > 0).toBe(usesClients)
    expect(zone.usesPlaces).toBe(usesPlaces)
  })

  test('ifportup with the selector hashed and an address that only the query knows: the client decides', () => {
    const zone = zoneOf(code('ifportup', "443, {'192.0.2.1', createForward()}, {selector='hashed'}"))
    expect(zone.asksTargets).toBe(true)
    expect(scopeAmongOthers(zone)).toBe(32)
  })
})

test.each(Object.entries(VARIABLES))(
  'the variable %s: a script that uses it depends on what its row says',
  (name, row) => {
    const zone = zoneOf(`;local v = ${name} return type(v)`)
    expect(scopeAmongOthers(zone) > 0).toBe(dependsOnClient(row.reads))
    expect(zone.usesPlaces).toBe(false)
  },
)

test('a function keeps none of the tables among its arguments, and changes none', () => {
  const changed = Object.keys(FUNCTIONS).flatMap((name) => {
    const names = (functionRow(name) as FunctionRow).takes.map((_, i) => `a${i}`)
    if (names.length === 0) return []
    const locals = `local ${names.join(', ')} = ${argumentsOf(name)}`
    const write = `local function write(v) if type(v) ~= 'table' then return tostring(v) end local s = ''
      for k, inner in pairs(v) do s = s .. tostring(k) .. '=' .. write(inner) .. ',' end return s end`
    const before = `local before = write({${names.join(', ')}})`
    const call = `local _, r = pcall(${name}, ${names.join(', ')})`
    const kept = names.map((one) => `(type(r) == 'table' and r == ${one})`).join(' or ')
    const code = `;${locals} ${write} ${before} ${call} return (${kept} or before ~= write({${names.join(', ')}})) and 'changed' or 'same'`
    const { response } = replyFrom([zoneOf(code.replace(/\s+/g, ' '))], { name: NAME, type: 'TXT' })
    const [text] = response.answer.flatMap(({ rdatas }) => rdatas.map((rdata) => rdata.text))
    return text === '"same"' ? [] : [`${name}: ${text ?? response.ede?.text}`]
  })
  expect(changed).toEqual([])
})
