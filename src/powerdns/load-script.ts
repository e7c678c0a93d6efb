import { type Name, nameFromWire } from '../dns/index.ts'
import { MAX_NAME_BYTES } from '../limits.ts'
import { checkTree } from '../lua-vm/index.ts'
import { type Kept, loadPolicy, type Stored } from '../policy/query-path.ts'
import { Damaged, listOf, maybe, textOf, wholeOf } from '../stored-value.ts'
import type { AskedPools } from './asked-pools.ts'
import { ScriptCode } from './code.ts'
import { luaRdata } from './lua-text.ts'
import { PowerDnsScript } from './script.ts'

/** The zone of stored scripts. */
export type ScriptZone = {
  readonly origin: Name
  /** Returns what `storeIncluded` stored at a name, with what is kept beside it; undefined if there is none. */
  readonly included: (name: string) => { readonly value: unknown; readonly kept: Kept } | undefined
  /** Makes the pools that only queries can know. */
  readonly asked?: AskedPools | undefined
}

/**
 * Loads the scripts of a zone. Code that several include is loaded once. Throws on what `storeScript` did not write.
 */
export class ScriptLoader {
  private readonly zone: ScriptZone
  private readonly codes = new Map<string, ScriptCode[]>()
  /** The names whose code is still to be loaded. */
  private readonly missing: string[] = []

  constructor(zone: ScriptZone) {
    this.zone = zone
  }

  /** Loads a script, for `loadPolicy`. */
  readonly load = ([, stored, name, type, wire, asking]: Stored, kept: Kept): PowerDnsScript => {
    const asks = maybe(asking, asksOf)
    const record = { type: wholeOf(type, 0, 65_535), zone: this.zone.origin, owner: nameOf(wire) }
    try {
      const code = this.code(stored, kept, '')
      for (let next = this.missing.pop(); next !== undefined; next = this.missing.pop()) this.loadIncluded(next)
      return new PowerDnsScript(code, textOf(name), record, asks, asks && this.zone.asked)
    } catch (error) {
      // Other code may already refer to lists that are not filled.
      this.codes.clear()
      this.missing.length = 0
      throw error
    }
  }

  private code(stored: unknown, kept: Kept, scope: string): ScriptCode {
    const [tree, parts, names] = listOf(stored)
    const count = { nodes: 0, literals: 0 }
    const checked = checkTree(tree, count)
    if (!checked.ok) throw new Damaged(`a tree of code: ${checked.error}`)
    const texts = textsAsRecords(kept)
    const loaded = listOf(parts).map((part) => {
      const [call, args, policy] = listOf(part)
      return { call: textOf(call), args: maybe(args, textOf), policy: loadPolicy(policy, { kept: texts }) }
    })
    const included = new Map(listOf(names).map((name) => [textOf(name), this.listBy(textOf(name))]))
    return new ScriptCode(checked.value, count.nodes + count.literals, loaded, scope, included)
  }

  /** Code may include itself, by way of other code: its list is there before it is filled. */
  private listBy(name: string): ScriptCode[] {
    const known = this.codes.get(name)
    if (known) return known
    const codes: ScriptCode[] = []
    this.codes.set(name, codes)
    this.missing.push(name)
    return codes
  }

  private loadIncluded(name: string): void {
    const stored = this.zone.included(name)
    if (!stored) throw new Damaged(`code to include by the name "${name}"`)
    const codes = this.listBy(name)
    listOf(stored.value).forEach((one, i) => {
      codes.push(this.code(one, stored.kept, `${name}/${i + 1}/`))
    })
  }
}

function asksOf(value: unknown): true | 'all lists' {
  if (value === true || value === 'all lists') return value
  throw new Damaged('true or "all lists"')
}

function nameOf(value: unknown): Name {
  const octets = Uint8Array.from(textOf(value), (character) => character.charCodeAt(0))
  if (octets.length === 0 || octets.length > MAX_NAME_BYTES) throw new Damaged('a name in wire form')
  return nameFromWire(octets)
}

/** The records of parts are Lua's texts, which are kept in place of records. */
const textsAsRecords = (kept: Kept): Kept => ({
  rdata: (number) => luaRdata(textOf(kept.texts(number).at(0))),
  words: (number) => kept.words(number),
  octets: (number) => kept.octets(number),
  texts: (number) => kept.texts(number),
})
