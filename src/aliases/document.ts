import type { Budget } from '../health/index.ts'
import { MAX_ALIAS_ADDRESSES, MAX_ALIAS_TARGETS, MAX_FORWARD_TTL } from '../limits.ts'
import { parseAddress } from '../net/index.ts'
import { err, ok, type Result } from '../result.ts'
import { Damaged, listOf, numberOf, objectOf, parsedOf, textOf, wholeOf } from '../stored-value.ts'
import { ADDRESS_TYPES, type AddressType, type AliasEntry, type Failing, type Told } from './entry.ts'

/**
 * The facts that are known of the targets of all ALIAS records that lead out of the zones: the value of the key
 * `aliases`.
 */
export type AliasDocument = {
  /** The time at which it was written, in milliseconds since the epoch. */
  readonly at: number
  readonly budget: Budget | undefined
  /** By `entryId`. */
  readonly entries: ReadonlyMap<string, AliasEntry>
}

/** @param name absolute, in lower case */
export const entryId = (name: string, type: AddressType): string => `${name} ${type}`

/** Returns the name and the type of an entry. */
export function questionOf(id: string): { readonly name: string; readonly type: AddressType } {
  const [name = '', type] = id.split(' ')
  return { name, type: type === 'AAAA' ? 'AAAA' : 'A' }
}

export function formatAliases({ at, budget, entries }: AliasDocument): string {
  const targets: Record<string, Partial<Record<AddressType, AliasEntry>>> = {}
  for (const [id, entry] of entries) {
    const { name, type } = questionOf(id)
    targets[name] = { ...targets[name], [type]: entry }
  }
  return JSON.stringify({ at, budget, targets })
}

/** Reads what `formatAliases` wrote. */
export function parseAliases(text: string): Result<AliasDocument> {
  try {
    const { at, budget, targets } = objectOf(parsedOf(text))
    const named = Object.entries(objectOf(targets))
    if (named.length > MAX_ALIAS_TARGETS) throw new Damaged(`at most ${MAX_ALIAS_TARGETS} targets`)
    const entries = named.flatMap(([name, types]) => {
      const own = objectOf(types)
      return ADDRESS_TYPES.flatMap((type) =>
        own[type] === undefined ? [] : [[entryId(name, type), entryOf(own[type], type)] as const],
      )
    })
    return ok({ at: timeOf(at), budget: budgetOf(budget), entries: new Map(entries) })
  } catch (error) {
    if (error instanceof Damaged) return err(error.message)
    throw error
  }
}

function entryOf(value: unknown, type: AddressType): AliasEntry {
  const { told, failing } = objectOf(value)
  return {
    ...(told !== undefined && { told: toldOf(told, type) }),
    ...(failing !== undefined && { failing: failingOf(failing) }),
  }
}

function toldOf(value: unknown, type: AddressType): Told {
  const { addresses, ttl, at, from, cycle } = objectOf(value)
  const list = listOf(addresses).map((address) => addressOf(address, type))
  if (list.length > MAX_ALIAS_ADDRESSES) throw new Damaged(`at most ${MAX_ALIAS_ADDRESSES} addresses`)
  const seconds = (one: unknown): number => wholeOf(one, 0, MAX_FORWARD_TTL)
  return { addresses: list, ttl: seconds(ttl), at: timeOf(at), from: textOf(from), cycle: seconds(cycle) }
}

function addressOf(value: unknown, type: AddressType): string {
  const text = textOf(value)
  const address = parseAddress(text)
  if (address.ok && (address.value.family === 1) === (type === 'A')) return text
  throw new Damaged(`an address of type ${type}`)
}

function failingOf(value: unknown): Failing {
  const { since, why } = objectOf(value)
  return { since: timeOf(since), why: textOf(why) }
}

function budgetOf(value: unknown): Budget | undefined {
  if (value === undefined) return undefined
  const { tokens, at } = objectOf(value)
  return { tokens: numberOf(tokens), at: timeOf(at) }
}

const timeOf = (value: unknown): number => wholeOf(value, 0, Number.MAX_SAFE_INTEGER)
