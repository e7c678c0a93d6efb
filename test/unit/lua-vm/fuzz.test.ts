import { expect, test } from 'vitest'
import { MAX_SCRIPT_STEPS } from '../../../src/limits.ts'
import { translateLua } from '../../../src/lua/index.ts'
import { checkTree, prepare, type Run } from '../../../src/lua-vm/index.ts'
import { ENVIRONMENT_NAMES, environmentOf } from '../../../src/powerdns/index.ts'
import { runCount } from '../../effort.ts'
import { seeded } from '../support.ts'
import { QUERY, scriptFixture } from './support.ts'

/**
 * Scripts and stored trees, mutated: each is refused, or runs to values or a failure within the budget that a record
 * has. Nothing else is ever thrown.
 */
const SCRIPTS = runCount(12_000)
const TREES = runCount(12_000)

const random = seeded(20_261_124)
const below = (limit: number): number => Math.floor(random() * limit)
const some = <T>(list: readonly T[]): T => list[below(list.length)] as T

const RECORDS = [
  "local t = {} for label in qname:toString():gmatch('[^.]+') do table.insert(t, 1, label) end return table.concat(t, '.')",
  "if netmask({'192.0.2.0/24'}) then return '192.0.2.1' elseif bestwho:isIPv6() then return '::' end return createForward()",
  "local g = newNMG({'10.0.0.0/8', '!10.1.0.0/16'}) return filterForward(createForward(), g, ''), g:match(bestwho)",
  "return ('%d.%d'):format(qname:countLabels(), math.random(1, 9)) .. tostring(zone == qname:makeRelative(zone))",
  "local function walk(t, f) for k, v in pairs(t) do if type(v) == 'table' then walk(v, f) else f(k, v) end end end walk({1, {2, x = {3}}}, print)",
]
const corpus = [
  ...RECORDS,
  ...['language', 'library', 'errors'].flatMap((name) => scriptFixture(name).map((c) => c.code)),
]
const tokens = (code: string): string[] => code.match(/'[^']*'|"[^"]*"|[\w.]+|\.\.|[~<>=]=|\s+|[\s\S]/g) ?? []
const words = corpus.flatMap(tokens)
const KEEN = [
  '0',
  '-1',
  '1e308',
  '2^53',
  'nil',
  '{}',
  "''",
  '...',
  '1/0',
  '0/0',
  "('x'):rep(1e5)",
  'qname',
  'string',
  'f',
]

const mutations: readonly ((code: string[]) => string[])[] = [
  (code) => code.toSpliced(below(code.length), 1 + below(3)),
  (code) => code.toSpliced(below(code.length), 1, some(words)),
  (code) => code.toSpliced(below(code.length), 1, some(KEEN)),
  (code) => code.toSpliced(below(code.length), 0, ' ', some(words), ' '),
  (code) => [...code.slice(0, below(code.length)), ' ', ...tokens(some(corpus)).slice(below(4))],
  (code) => {
    const at = below(code.length)
    return code.toSpliced(at, 0, ...code.slice(at, at + below(20)))
  },
  (code) => {
    const [a, b] = [below(code.length), below(code.length)]
    return code.with(a, code[b] as string).with(b, code[a] as string)
  },
]

const host = () => environmentOf({ ...QUERY, random })

test('mutated scripts', () => {
  const count = { refused: 0, failed: 0, answered: 0 }
  for (let i = 0; i < SCRIPTS; i++) {
    let code = tokens(some(corpus))
    for (let n = below(3); n >= 0 && code.length > 0; n--) code = some(mutations)(code)
    const text = `;${code.join('')}`
    const script = translateLua(text, { globals: ENVIRONMENT_NAMES })
    if (!script.ok) {
      for (const { at } of script.error) expect(at, text).toBeLessThanOrEqual(text.length)
      count.refused++
      continue
    }
    const program = prepare(script.value.tree)
    let steps = Number.NaN
    const ended = (_: Run, taken: number) => {
      steps = taken
    }
    const result = program.run(Object.assign(host(), { ended }))
    count[result.ok ? 'answered' : 'failed']++
    expect(steps, text).toBeLessThanOrEqual(MAX_SCRIPT_STEPS)
  }
  expect(Math.min(...Object.values(count)), JSON.stringify(count)).toBeGreaterThan(SCRIPTS / 20)
})

test('mutated trees', () => {
  const trees = corpus.flatMap((code) => {
    const script = translateLua(`;${code}`, { globals: ENVIRONMENT_NAMES })
    return script.ok ? [JSON.stringify(script.value.tree)] : []
  })
  const count = { refused: 0, failed: 0, answered: 0 }
  for (let i = 0; i < TREES; i++) {
    const tree = JSON.parse(some(trees))
    const places = placesIn(tree)
    for (let n = below(3); n >= 0; n--) {
      const [parent, key] = some(places)
      const from = random() < 0.5 ? places : placesIn(JSON.parse(some(trees)))
      const [donor, part] = some(from)
      parent[key] = structuredClone(donor[part])
    }
    const checked = checkTree(tree)
    if (!checked.ok) {
      count.refused++
      continue
    }
    const result = prepare(checked.value).run(host())
    count[result.ok ? 'answered' : 'failed']++
  }
  expect(Math.min(...Object.values(count)), JSON.stringify(count)).toBeGreaterThan(TREES / 50)
})

type Parent = Record<string | number, unknown>

/** Every place in a document that something stands in. */
function placesIn(value: unknown): [parent: Parent, key: string | number][] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [
    [value as Parent, key] as [Parent, string],
    ...placesIn(inner),
  ])
}
