import { type Rdata, rdataFromOctets } from '../dns/index.ts'
import { MAX_RRSET_BYTES } from '../limits.ts'
import {
  HostObject,
  joinable,
  LuaTable,
  type LuaValue,
  type Meter,
  OverBudget,
  typeOf,
  UNMETERED,
} from '../lua-vm/index.ts'
import { err, ok, type Result } from '../result.ts'

/** The script that returned values: the type of its record, and its last records, by Lua's text. */
type Giver = { readonly record: { readonly type: number }; readonly records: Map<string, Rdata> }

/**
 * The records that PowerDNS makes of what a script returns: a text or a number is one, a table of them is one for each
 * element, an empty table none. Values behind the first do not count.
 * @param meter is charged for reading them
 */
export function recordsOf(values: readonly LuaValue[], script: Giver, meter: Meter): Result<readonly Rdata[]> {
  try {
    return recordsIn(values, script, meter)
  } catch (error) {
    if (error instanceof OverBudget) return err(`the script was stopped: ${error.why}`)
    throw error
  }
}

function recordsIn([value]: readonly LuaValue[], script: Giver, meter: Meter): Result<readonly Rdata[]> {
  const text = joinable(value)
  if (text !== undefined) {
    const rdata = recordOf(text, script, meter)
    return rdata.ok ? ok([rdata.value]) : rdata
  }
  if (!(value instanceof LuaTable))
    return err(`the script returned ${nameOf(value)}; expected text, or a list of texts`)
  const rdatas: Rdata[] = []
  let octets = 0
  for (const [key, element] of value.entries(meter)) {
    if (typeof key !== 'number' || !Number.isInteger(key)) {
      return err(`the script returned a table with ${quoted(key)} as a key; expected a list`)
    }
    const inner = joinable(element)
    if (inner === undefined) return err(`the script returned a list with ${nameOf(element)} in it; expected texts`)
    // Reading texts takes long: it stops at the limit.
    octets += inner.length
    if (octets > MAX_RRSET_BYTES) return err(tooLong)
    const rdata = recordOf(inner, script, meter)
    if (!rdata.ok) return rdata
    rdatas.push(rdata.value)
  }
  return ok(rdatas)
}

const tooLong = `the script returned texts of more than ${MAX_RRSET_BYTES} octets, which fit no DNS message`

const STEPS_A_RECORD = 2

/** The size of the cache: scripts return the same few records again and again. Long records are not cached. */
const MAX_KNOWN_RECORDS = 64
const MAX_KNOWN_CHARS = 256

function recordOf(text: string, { record, records }: Giver, meter: Meter): Result<Rdata> {
  if (text.length > MAX_RRSET_BYTES) return err(tooLong)
  // The steps are charged even if the record is cached: an answer does not depend on what was asked before.
  meter.chargeSteps(STEPS_A_RECORD + (text.length >> 3))
  const known = records.get(text)
  if (known) return ok(known)
  const rdata = rdataFromOctets(record.type, text)
  if (!rdata.ok) return err(`the script returned ${quoted(text)}: ${rdata.error}`)
  if (text.length > MAX_KNOWN_CHARS) return rdata
  if (records.size >= MAX_KNOWN_RECORDS) records.clear()
  records.set(text, rdata.value)
  return rdata
}

/** For people: what was returned, in a few words. Tables in it may hold each other, and are only named. */
export function describeValues([value]: readonly LuaValue[]): string {
  if (!(value instanceof LuaTable)) return quoted(value)
  if (value.size > MAX_SHOWN_ELEMENTS) return `a list of ${value.size}`
  return `{${[...value.entries(UNMETERED)].map(([, element]) => quoted(element)).join(', ')}}`
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
