import { type Name, parseName, parseType, ROOT } from '../../dns/index.ts'
import { assuming, type WhatIf } from '../../explain/index.ts'
import { Health } from '../../health/index.ts'
import { err, ok, type Result } from '../../result.ts'
import { timeOf, tokenOf } from './parameter-values.ts'
import { whatIfOf } from './what-if.ts'

export const NAME_ONE = ['name', 'type', 'at', 'token'] as const
export const NAME_MANY = ['down', 'up', 'health'] as const

/** A question about all clients, or all places, and what is supposed. */
export type AskedName = {
  readonly name: Name
  readonly type: number
  readonly hasToken: boolean
  readonly whatIf: WhatIf
  /** Milliseconds since the epoch; now if it is left out. */
  readonly at: number | undefined
}

/** Reads the parameters that such questions share. */
export function askedName(
  one: Readonly<Partial<Record<(typeof NAME_ONE)[number], string>>>,
  many: Readonly<Record<(typeof NAME_MANY)[number], readonly string[]>>,
): Result<AskedName> {
  if (one.name === undefined) return err('the parameter "name" is missing; expected a name like www.example.com')
  const name = parseName(one.name, ROOT)
  if (!name.ok) return name
  const type = parseType(one.type ?? 'A')
  if (!type.ok) return type
  const hasToken = tokenOf(one.token)
  if (!hasToken.ok) return hasToken
  const whatIf = whatIfOf(many)
  if (!whatIf.ok) return whatIf
  const at = timeOf(one.at)
  if (!at.ok) return at
  return ok({ name: name.value, type: type.value, hasToken: hasToken.value, whatIf: whatIf.value, at: at.value })
}

/** Returns the health that is asked for: of a time, and with what is supposed. */
export function healthFor(health: Health, { whatIf, at }: AskedName): Health {
  const then = at === undefined ? health : new Health(health.vantages, health.overrides, at, health.platform)
  return assuming(then, whatIf)
}
