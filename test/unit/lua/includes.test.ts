import { describe, expect, test } from 'vitest'
import { type Name, TYPE } from '../../../src/dns/index.ts'

import type { Included } from '../../../src/lua/constants.ts'
import { Includes } from '../../../src/lua/includes.ts'
import { LuaReader } from '../../../src/lua/reader.ts'
import { name } from '../lua-vm/support.ts'
import { Grammar } from '../powerdns/grammar.ts'
import { seeded } from '../support.ts'
import { compileCode } from './support.ts'

const CODES: Readonly<Record<string, readonly string[]>> = {
  inc1: ["t1 = {'i', 'j'} s1 = 'inc'"],
  inc2: ["t2[1] = 'inc2' function f1(x) return 'F' .. x end"],
  inc3: ["s2 = pickhashed({'h1', 'h2'}) include('inc1') table.insert(t1, s2)"],
  lists: ["EU = {'192.0.2.1'} US = {'198.51.100.1'} both = {EU, US}", "m1 = {'10.0.0.0/8'} port = 443"],
  more: ["include('lists') all3 = {EU[1], 'x'} table.sort(m1)"],
  trusting: ["T = {'a'} X = table.concat(T)"],
  changes: ["EU[1] = 'y' include('lists')"],
  library: ['table.concat = nil pickrandom = function(x) return x[#x] end'],
}

const ORIGIN = name('example.org.')
const BY_NAME = new Map(Object.entries(CODES).map(([label, codes]) => [name(`${label}.example.org.`).key, codes]))
const codesAt = ({ key }: Name): readonly string[] => BY_NAME.get(key) ?? []

/** Looks through included code anew for each script. */
class Anew extends Includes {
  override find(text: string): Included | undefined {
    const found = super.find(text)
    return found && { key: found.key, codes: found.codes }
  }
}

describe('what is included is looked through once', () => {
  const includes = (of: typeof Includes) => new of(ORIGIN, new LuaReader(), codesAt, () => Object.values(CODES).flat())

  test('with what it was looked through by itself for', () => {
    const random = seeded(9)
    const some = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
    const grammar = new Grammar(random)
    const include = () => `include('${some(Object.keys(CODES))}') `
    const uses = () =>
      some([
        'return pickrandom(EU)',
        'return ifportup(port, {EU, US})',
        'return view({{m1, EU}})',
        'return ifportup(443, both)',
        'local x = both[1] x[1] = 2 return pickrandom(US)',
        'table = nil return pickrandom(m1)',
        'table = nil return pickrandom(T)',
        'return pickrandom(T)',
        'EU = nil return pickrandom(EU)',
        'table.concat(EU) return pickrandom(all3)',
        'if country({EU}) then return pickrandom(EU) end return US',
        'local function f() EU = 1 end return pickhashed(EU)',
        'local a = {EU} return pickrandom(EU)',
        'local a = {EU} a[1][1] = 1 return pickrandom(EU)',
      ])
    const scripts = Array.from({ length: 600 }, (_, i) => {
      const includes = Array.from({ length: 1 + (i % 3) }, include).join('')
      if (i % 2 === 0)
        return `;${some(['', "local c = country('us') ", 'table.concat({}) ', "EU = {'q'} "])}${includes}${uses()}`
      return `;${includes}${grammar.script().slice(1)}`
    })
    const [once, anew] = [includes(Includes), includes(Anew)]
    const compiled = scripts.map((code) => [compileCode(code, TYPE.TXT, once), compileCode(code, TYPE.TXT, anew)])
    for (const [i, [one, other]] of compiled.entries()) expect([scripts[i], one]).toEqual([scripts[i], other])
    expect(compiled.filter(([one]) => one?.ok).length).toBeGreaterThan(300)
  })

  test('however many scripts include it', () => {
    let times = 0
    class Counted extends Includes {
      override find(text: string): Included | undefined {
        const found = super.find(text)
        return found && { ...found, codes: counted(found.codes) }
      }
    }
    const counted = (codes: Included['codes']): Included['codes'] =>
      codes.map((code) => ({
        ...code,
        get chunk() {
          times++
          return code.chunk
        },
      }))
    const once = includes(Counted)
    for (let i = 0; i < 100; i++) {
      expect(
        compileCode(`;local x = country('us') include('lists') return pickrandom({EU[1], '${i}'})`, TYPE.TXT, once).ok,
      ).toBe(true)
    }
    expect(times).toBeLessThan(10)
  })
})
