import { describe, expect, test } from 'vitest'
import { compileZone, loadedZones, type Zone } from '../../../src/zone/index.ts'
import { runCount } from '../../effort.ts'
import { outcomes } from '../both-forms.ts'
import { must, questionOf, seeded } from '../support.ts'
import { compileText } from '../zonefile/support.ts'
import { HEAD, places, replyFrom, told } from './support.ts'

/** As it is stored: scripts with calls that were folded, with what they include, in pools and by themselves. */
const STORED = must(
  compileText(`${HEAD}
config LUA LUA "EU = {'192.0.2.1', '192.0.2.2'} function eu() return pickrandom(EU) end"
config LUA LUA "include('other')"
other LUA LUA "US = {'192.0.2.3'}"
a LUA A ";include('config') if country('NL') then return eu() end return ifportup(443, {EU, US}, {selector='all'})"
b LUA A ";for i = 1, 3 do local ok, v = pcall(function(...) return select(i, ...) end, 1, 2) if not ok then break end end return view({{{'10.0.0.0/8'}, {'192.0.2.4'}}})"
c LUA TXT "qname:toString() .. (bestwho:isIPv4() and 'x' or 'y')"
d LUA CNAME ";repeat local a, b = {k = 1, 2}, {} b.x, a[1] = a[1], b until true return pickwrandom({{1, 'a'}, {2, 'b'}})"
`),
).document

const NAMES = ['a', 'b', 'c', 'd']

/** Asks the zone some questions: none may throw. */
function askAll(zone: Zone): void {
  for (const name of NAMES) {
    const reply = replyFrom([zone], { name, ecs: '192.0.2.0/24', context: { database: places } })
    told(reply)
    outcomes(questionOf(`${name}.example.com.`, 'A'), loadedZones([zone]), reply.asker as never)
  }
}

const RUNS = runCount(1000)

describe('a stored document that is damaged', () => {
  test('is an error, or answers', () => {
    const random = seeded(20_261_122)
    const below = (limit: number): number => Math.floor(random() * limit)
    const text = JSON.stringify(STORED)
    /** Every object and list in the scripts of the document, in no order. */
    const nodesOf = (document: unknown): object[] => {
      const nodes: object[] = []
      const pending: unknown[] = [document]
      for (const node of pending) {
        if (typeof node !== 'object' || node === null) continue
        nodes.push(node)
        pending.push(...Object.values(node))
      }
      return nodes.slice(1)
    }
    const odd: readonly (() => unknown)[] = [
      () => null,
      () => -1,
      () => 2 ** 31,
      () => 'pickrandom 1',
      () => 'include config.example.com.',
      () => '\u{1f600}',
      () => [],
      () => ({}),
      () => ['function', 0, { parameters: 0, vararg: true, locals: [], captured: [], upvalues: [], body: [] }],
      () => ['global', 0, 'bestwho'],
    ]
    const count = { refused: 0, loaded: 0 }
    for (let i = 0; i < RUNS; i++) {
      const document = JSON.parse(text)
      for (let n = below(3); n >= 0; n--) {
        const nodes = nodesOf({ records: document.records, scripts: document.scripts })
        const node = nodes[below(nodes.length)] as Record<string, unknown>
        const keys = Object.keys(node)
        const key = keys[below(keys.length)]
        if (key === undefined) continue
        const other = nodes[below(nodes.length)]
        const change = below(4)
        if (change === 0 && Array.isArray(node)) node.splice(Number(key), 1)
        else if (change === 0) delete node[key]
        else if (change === 1) node[key] = (odd[below(odd.length)] as () => unknown)()
        else if (change === 2) node[key] = structuredClone(other)
        else if (Array.isArray(node)) node.splice(Number(key), 0, structuredClone(node[Number(key)]))
      }
      const compiled = compileZone(document)
      if (compiled.ok) askAll(compiled.value.zone)
      else expect(compiled.error[0]?.message).toMatch(/./)
      count[compiled.ok ? 'loaded' : 'refused']++
    }
    expect(Math.min(...Object.values(count))).toBeGreaterThan(RUNS / 10)
  })

  test.each<[string, unknown, RegExp]>([
    ['a script in a call of a script', { kind: 'lua', code: '' }, /a script inside a call of a script; expected none/],
    ['characters in the text of a call', 'w\u{1f600}', /has characters that are not octets/],
  ])('%s', (_, answer, message) => {
    const document = structuredClone(STORED) as unknown as { records: { b: { A: { parts: { answer: unknown }[] } } } }
    const { tree } = structuredClone(STORED.records.c?.TXT) as unknown as { tree: unknown }
    const [part] = document.records.b.A.parts as [{ answer: unknown }]
    part.answer = typeof answer === 'object' ? { ...answer, tree } : answer
    const compiled = compileZone(document)
    expect(compiled.ok ? [] : compiled.error.map((issue) => issue.message)).toEqual([expect.stringMatching(message)])
  })
})
