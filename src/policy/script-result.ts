import { type Rdata, rdataFromOctets } from '../dns/index.ts'
import { err, ok, type Result } from '../result.ts'
import { HostObject, joinable, LuaTable, type LuaValue, typeOf } from '../script/index.ts'
import type { Script } from './policy.ts'

/**
 * The records that PowerDNS makes of what a script returns: a text or a number is one, a table of them is one for each
 * element, an empty table none. Values behind the first do not count.
 */
export function recordsOf([value]: readonly LuaValue[], script: Script): Result<readonly Rdata[]> {
  const text = joinable(value)
  if (text !== undefined) {
    const rdata = recordOf(text, script)
    return rdata.ok ? ok([rdata.value]) : rdata
  }
  if (!(value instanceof LuaTable))
    return err(`the script returned ${nameOf(value)}; expected text, or a list of texts`)
  const rdatas: Rdata[] = []
  for (const [key, element] of value.entries()) {
    if (typeof key !== 'number' || !Number.isInteger(key)) {
      return err(`the script returned a table with ${quoted(key)} as a key; expected a list`)
    }
    const inner = joinable(element)
    if (inner === undefined) return err(`the script returned a list with ${nameOf(element)} in it; expected texts`)
    const rdata = recordOf(inner, script)
    if (!rdata.ok) return rdata
    rdatas.push(rdata.value)
  }
  return ok(rdatas)
}

/** Scripts give the same few records again and again. */
const MAX_KNOWN_RECORDS = 64

function recordOf(text: string, { type, records }: Script): Result<Rdata> {
  const known = records.get(text)
  if (known) return ok(known)
  const rdata = rdataFromOctets(type, text)
  if (!rdata.ok) return err(`the script returned ${quoted(text)}: ${rdata.error}`)
  if (records.size >= MAX_KNOWN_RECORDS) records.clear()
  records.set(text, rdata.value)
  return rdata
}

/** For people: what was returned, in a few words. */
export function describeValues([value]: readonly LuaValue[]): string {
  if (!(value instanceof LuaTable)) return joinable(value) === undefined ? nameOf(value) : quoted(value)
  const entries = [...value.entries()]
  if (entries.length > MAX_SHOWN_ELEMENTS) return `a list of ${entries.length}`
  return `{${entries.map(([, element]) => describeValues([element])).join(', ')}}`
}

const MAX_SHOWN_ELEMENTS = 8

function nameOf(value: LuaValue): string {
  if (value === undefined) return 'nil'
  if (value instanceof HostObject) return `a ${value.type.name}`
  return typeof value === 'boolean' ? String(value) : `a ${typeOf(value)}`
}

const MAX_SHOWN_CHARS = 64

function quoted(value: LuaValue): string {
  const text = joinable(value)
  if (text === undefined) return nameOf(value)
  const shown = text.length > MAX_SHOWN_CHARS ? `${text.slice(0, MAX_SHOWN_CHARS)}…` : text
  return typeof value === 'number' ? shown : `'${shown}'`
}
