import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseName } from '../../../src/dns/index.ts'
import { type Address, addressBits, formatAddress } from '../../../src/net/index.ts'
import { loadedZones, type Zone } from '../../../src/zone/index.ts'
import { runCount } from '../../effort.ts'
import { outcomes } from '../both-forms.ts'
import { must, questionOf } from '../support.ts'
import { compileText } from '../zonefile/support.ts'
import { HEAD, replyFrom, told } from './support.ts'

/**
 * The same program, folded and with folding defeated: a function that is assigned somewhere is the script's own, and
 * is called when the script runs.
 */
const DEFEATED = 'pickrandom, pickwrandom, pickhashed, view, all = pickrandom, pickwrandom, pickhashed, view, all '

function zonesOf(main: string, included: string): readonly [folded: Zone, run: Zone] | undefined {
  const zones = ['', DEFEATED].map((before) =>
    compileText(`${HEAD}inc LUA LUA "${included}"\nx LUA TXT ";${before}${main}"\n`),
  )
  const [folded, run] = zones
  return folded?.ok && run?.ok ? [folded.value.zone, run.value.zone] : undefined
}

/** All texts with their chances, and all endings. */
function chancesOf(zone: Zone, client: string): string {
  const reply = replyFrom([zone], { type: 'TXT', ecs: `${client}/32` })
  const found = outcomes(questionOf('x.example.com.', 'TXT'), loadedZones([zone]), reply.asker as never)
  const shown = [
    ...(found?.records ?? []).map(({ text, chance }) => `${text} ${chance?.toFraction() ?? '?'}`),
    ...(found?.endings ?? []).map(({ ending, chance }) => `${ending} ${chance?.toFraction() ?? '?'}`),
  ]
  return shown.sort().join('; ')
}

const nameOf = (text: string) => must(parseName(text)).key

// --- programs -------------------------------------------------------------------------------------------------------

const OUT = ';local concat, out = table.concat, {} '.slice(1)
const END = " return #out > 0 and concat(out, '-') or 'none'"

const variable = fc.constantFrom('a', 'b', 'A', 'B', 'self')
const text = fc.constantFrom("'1'", "'2'", "'3'")
const list = fc.array(text, { minLength: 1, maxLength: 3 }).map((texts) => `{${texts.join(', ')}}`)
const networks = fc.constantFrom("'10.0.0.0/9'", "'10.1.0.0/16'", "'10.1.2.0/24'")
const condition = fc.oneof(
  networks.map((network) => `netmask({${network}})`),
  fc.constantFrom('true', 'false', '#out == 0', 'qname:countLabels() == 3', 'A', 'b'),
)

type Picks = fc.Arbitrary<(list: string) => string>
const STEADY: Picks = fc.constantFrom(
  (of: string) => `pickhashed(${of})`,
  (of: string) => `view({{{'10.1.0.0/16'}, ${of}}})`,
  (of: string) => `pickhashed(all(${of}))`,
)
const BY_CHANCE: Picks = fc.constantFrom(
  (of: string) => `pickrandom(${of})`,
  (of: string) => `pickrandom({'x', pickrandom(${of})})`,
  (of: string) => `pickwrandom({{3, 'y'}, {1, pickrandom(${of})}})`,
  (of: string) => `view({{{'0.0.0.0/0'}, ${of}}})`,
)

function statements(picks: Picks, mayInclude: boolean): fc.Arbitrary<string> {
  const { body } = fc.letrec<{ one: string; body: string }>((tie) => ({
    body: fc.array(tie('one'), { minLength: 1, maxLength: 5, depthIdentifier: 'block' }).map((all) => all.join(' ')),
    one: fc.oneof(
      { depthSize: 'small', withCrossShrink: true, depthIdentifier: 'block' },
      // Looking at what there is, which is what is folded.
      fc.tuple(variable, picks).map(([name, pick]) => `if ${name} then out[#out + 1] = ${pick(name)} end`),
      fc
        .tuple(variable, picks)
        .map(([name, pick]) => `pcall(function() local t = ${pick(name)} out[#out + 1] = t end)`),
      fc.tuple(list, picks).map(([of, pick]) => `out[#out + 1] = ${pick(of)}`),
      // Values.
      fc.tuple(variable, list).map(([name, of]) => `local ${name} = ${of}`),
      fc.tuple(variable, list).map(([name, of]) => `${name} = ${of}`),
      fc.tuple(variable, variable).map(([name, other]) => `${name} = ${other}`),
      fc.tuple(variable, variable).map(([name, other]) => `${name}, ${other} = ${other}, ${name}`),
      fc.tuple(variable, variable, list).map(([name, other, of]) => `local ${name}, ${other} = ${of}`),
      // Changes.
      fc.tuple(variable, text).map(([name, of]) => `pcall(function() ${name}[1] = ${of} end)`),
      fc.tuple(variable, text).map(([name, of]) => `if ${name} then table.insert(${name}, ${of}) end`),
      fc
        .tuple(variable, variable)
        .map(([name, other]) => `local t = {${name}, {${other}}} pcall(function() t[1][1] = '4' t[2][1][1] = '5' end)`),
      variable.map((name) => `pcall(function() for k, v in pairs(${name}) do ${name}[k] = v .. '6' end end)`),
      variable.map((name) => `pcall(function(...) local t = ... t[1] = '7' end, ${name})`),
      // Names with another meaning.
      fc
        .tuple(fc.constantFrom('pairs', 'type', 'pickhashed', 'all', 'unpack'), fc.boolean())
        .map(
          ([name, isLocal]) =>
            `${isLocal ? 'local ' : ''}function ${name}(t) if t then t[1] = '8' end return t and t[1] end`,
        ),
      fc
        .constantFrom('table', 'string')
        .map((library) => `local ${library} = {concat = function(t) t[1] = '9' end, insert = table.insert}`),
      fc.constant("table.concat = function(t) t[1] = 'c' end"),
      fc
        .tuple(fc.constantFrom('pairs', 'type', 'unpack', 'table.concat', 'all'), variable)
        .map(([name, of]) => `pcall(function() ${name}(${of}) end)`),
      fc
        .tuple(fc.constantFrom('pairs', 'type', 'unpack', 'all'), variable)
        .map(([name, of]) => `if ${of} then ${name}(${of}) end`),
      // Blocks, which run once, often, later or never.
      fc.tuple(condition, tie('body'), tie('body')).map(([test_, yes, no]) => `if ${test_} then ${yes} else ${no} end`),
      tie('body').map((body) => `for i = 1, 2 do ${body} end`),
      tie('body').map((body) => `repeat ${body} until true`),
      tie('body').map((body) => `do ${body} end`),
      tie('body').map((body) => `local function f() ${body} end f()`),
      tie('body').map((body) => `function F() ${body} end`),
      fc.constant('if F then local g = F F = nil g() end'),
      fc.tuple(variable, tie('body')).map(([name, body]) => `(function(${name}) ${body} end)({'p'})`),
      fc.tuple(condition, tie('body')).map(([test_, body]) => `(function() if ${test_} then return end ${body} end)()`),
      ...(mayInclude
        ? [
            fc.constant("include('inc')"),
            condition.map((test_) => `local _ = ${test_} and include('inc')`),
            condition.map((test_) => `if ${test_} then include('inc') end`),
          ]
        : [condition.map((test_) => `if ${test_} then return end`)]),
    ),
  }))
  // A call that begins a statement would belong to the one before it.
  return body.map((code) => code.replaceAll(' (function', ' ;(function'))
}

/** A variable that is looked at behind, with what may change it between. */
const programs = (picks: Picks) =>
  fc
    .record({
      name: variable,
      of: list,
      before: fc.constantFrom('', 'local '),
      body: statements(picks, true),
      pick: picks,
      included: statements(picks, false),
    })
    .map(({ name, of, before, body, pick, included }) => ({
      main: `${OUT}${before}${name} = ${of} ${body} if ${name} then out[#out + 1] = ${pick(name)} end${END}`,
      // Included code sees globals alone.
      included: `local out = {} ${included}`,
    }))

const client = fc
  .tuple(fc.constantFrom(0, 1, 129), fc.constantFrom(2, 3), fc.nat(255))
  .map(([b, c, d]) => [10, b, c, d])

describe('what gives a variable another value, or a function another meaning', () => {
  const INCLUDED = "S = {'1'} function look() return pickhashed(S) end"

  test.each<[string, string, string?]>([
    // A function by the name of one that only looks.
    ["local A = {'1'} local function pairs(t) t[1] = '2' end pairs(A) return pickhashed(A)", '2'],
    ["local A = {'1'} function type(t) t[1] = '2' end type(A) return pickhashed(A)", '2'],
    ["local A = {'1'} local string = {len = function(t) t[1] = '2' end} string.len(A) return pickhashed(A)", '2'],
    ["local A = {'1'} string.len = function(t) t[1] = '2' end string.len(A) return pickhashed(A)", '2'],
    ["local A = {'1'} table.concat = function(t) t[1] = '2' end table.concat(A) return pickhashed(A)", '2'],
    ["local A = {'1'} all = function(t) t[1] = '2' end all(A) return pickhashed(A)", '2'],
    // `self` is a variable like any other, outside of methods.
    ["self = {'1'} local function f() self = {'2'} end f() return pickhashed(self)", '2'],
    ["self = {'1'} local o = {} function o:f() self = {'2'} end o:f() return pickhashed(self)", '1'],
    // Before it has its value it has none.
    ["local ok = pcall(function() return pickhashed(A) end) A = {'1'} return tostring(ok)", 'false'],
    ["local function f() return pickhashed(A) end local ok = pcall(f) A = {'1'} return tostring(ok)", 'false'],
    ["local A, r = {'1'}, A and pickhashed(A) or 'none' return r", 'none'],
    // Conditions that cannot be computed in advance.
    ["local _ = #qname:toString() == 0 and include('inc') return S and pickhashed(S) or 'none'", 'none'],
    ["local _ = tcp or include('inc') return S and pickhashed(S) or 'none'", 'none'],
    ["if tcp then elseif include('inc') then end return S and pickhashed(S) or 'none'", 'none'],
    ["local function include() end include('inc') return S and pickhashed(S) or 'none'", 'none'],
    // A script and the code that it includes are one program.
    ["include('inc') return look()", '1'],
    ["include('inc') S = {'2'} return look()", '2'],
    ["include('inc') S[1] = '2' return look()", '2'],
    ["pickhashed = function() return '2' end include('inc') return look()", '2'],
    ["include('inc') return pickhashed(S)", 'none', "if tcp then S = {'none'} return end S = {'1'}"],
    ["include('inc') return S and pickhashed(S) or 'none'", 'none', "if tcp then return end S = {'1'}"],
    ["local ok = pcall(function() return pickhashed(S) end) include('inc') return tostring(ok)", 'false'],
  ])('%s gives %s', (main, expected, included = INCLUDED) => {
    const [folded, run] = zonesOf(main, included) ?? []
    if (!folded || !run) throw new Error('it is refused')
    for (const zone of [folded, run]) expect(told(replyFrom([zone], { type: 'TXT' }))).toBe(expected)
  })

  test('a variable that has one value is folded, wherever it is looked at', () => {
    const main =
      "local A = {'1', '2'} for _, v in ipairs(A) do type(v) end local function f() return pickhashed(A) end return f()"
    const [folded, run] = zonesOf(main, '') ?? []
    const parts = [folded, run].map((zone) => {
      const policy = zone?.names.find(nameOf('x.example.com.'))?.rrsets[0]?.policy
      return policy?.kind === 'script' ? policy.policies.length : undefined
    })
    expect(parts).toEqual([1, 0])
  })
})

describe('a folded program does what it does when it runs', () => {
  test('the same answers, and scopes that hold', () => {
    let seen = 0
    fc.assert(
      fc.property(
        programs(STEADY),
        client,
        fc.array(fc.nat(0xffffffff), { minLength: 3, maxLength: 3 }),
        (code, who, others) => {
          const zones = zonesOf(code.main, code.included)
          // Errors that folding finds are told when the zone is compiled.
          if (!zones) return
          seen++
          const [folded, run] = zones
          const get = (zone: Zone, bytes: Uint8Array) => {
            const address: Address = { family: 1, bytes }
            return replyFrom([zone], { type: 'TXT', ecs: `${formatAddress(address)}/32` })
          }
          const first = get(folded, Uint8Array.from(who))
          expect(told(first)).toBe(told(get(run, Uint8Array.from(who))))
          for (const other of others) {
            const bytes = Uint8Array.from(who)
            for (let bit = first.response.scope ?? 0; bit < addressBits(1); bit++) {
              if ((other >>> (31 - bit)) & 1) bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (0x80 >> (bit & 7))
            }
            expect(told(get(run, bytes))).toBe(told(first))
          }
        },
      ),
      { numRuns: runCount(400) },
    )
    expect(seen).toBeGreaterThan(runCount(400) / 3)
  })

  test('the same chances', () => {
    let seen = 0
    fc.assert(
      fc.property(programs(BY_CHANCE), client, (code, who) => {
        const zones = zonesOf(code.main, code.included)
        if (!zones) return
        const [folded, run] = zones.map((zone) => chancesOf(zone, who.join('.'))) as [string, string]
        // Too many ways through it are tried, and each of the two draws in its own way.
        if (folded.includes('?') || run.includes('?')) return
        seen++
        expect(folded).toBe(run)
      }),
      { numRuns: runCount(120) },
    )
    expect(seen).toBeGreaterThan(runCount(120) / 3)
  })
})
