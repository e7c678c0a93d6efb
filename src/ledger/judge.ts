import { formatName } from '../dns/index.ts'
import { ok, type Result, unreachable } from '../result.ts'
import type { ZoneDocument } from '../zone/index.ts'
import type { Change, Refused } from './change.ts'
import { isAbove, nextSerial, serialRuleOf, withSerial } from './serial.ts'
import { refused, type ValidZone, validDocument, validText } from './validation.ts'

/** A zone as a ledger has it. `serial` is that of the newest version, also of a zone that was deleted. */
export type Present = {
  readonly origin: string
  readonly serial: number | undefined
  /** Undefined if there is no such zone. */
  readonly document: ZoneDocument | undefined
  /** The compiled document, if it is at hand. */
  readonly valid: ValidZone | undefined
}

/** The result of a change that may be made. */
export type Draft =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'zone'; readonly valid: ValidZone; readonly isBumped: boolean }

/** The changes that a draft is made of. The others are those of what stands beside a zone. */
export type ZoneChange = Exclude<Change, { readonly kind: 'expectations' }>

/**
 * Makes the next document of a change, and validates it.
 * @param versionOf returns the document that a change made; null for a deletion, undefined if it is not kept
 * @param now milliseconds since the epoch
 */
export function judge(
  change: ZoneChange,
  present: Present,
  versionOf: (id: number) => ZoneDocument | null | undefined,
  now: number,
): Result<Draft, Refused> {
  switch (change.kind) {
    case 'document':
    case 'zone-file': {
      const valid = validText(change.kind, change.text, present.origin)
      return valid.ok ? given(valid.value, present, now) : valid
    }
    case 'rollback':
      return rolledBack(change.to, present, versionOf(change.to), now)
    case 'delete':
      return present.document ? ok({ kind: 'deleted' }) : refused(404, noZone(present.origin))
    case 'create':
    case 'patch':
    case 'replace':
    case 'metadata':
      return refused(422, `a change of the kind "${change.kind}" is not taken; expected a whole zone`)
    default:
      return unreachable(change)
  }
}

/** Takes a whole zone. Its serial counts if it is above the present one; else the zone's rule raises that. */
function given(valid: ValidZone, present: Present, now: number): Result<Draft, Refused> {
  const found = formatName(valid.zone.origin.key)
  if (found !== present.origin) return refused(422, `the zone is ${found}; expected ${present.origin}`)
  const { document: before } = present
  const { serial } = valid.document.soa
  if (!before || isAbove(serial, before.soa.serial)) return ok({ kind: 'zone', valid, isBumped: false })
  if (isSame(withSerial(valid.document, before.soa.serial), before)) return ok({ kind: 'unchanged' })
  return raised(valid, before.soa.serial, now)
}

function rolledBack(
  to: number,
  { origin, serial, document: before }: Present,
  target: ZoneDocument | null | undefined,
  now: number,
): Result<Draft, Refused> {
  if (target === undefined) return refused(404, `the zone ${origin} has no change ${to} that is kept`)
  if (target === null) return before ? ok({ kind: 'deleted' }) : ok({ kind: 'unchanged' })
  if (before && isSame(withSerial(target, before.soa.serial), before)) return ok({ kind: 'unchanged' })
  const valid = validDocument(target)
  if (!valid.ok || serial === undefined)
    return valid.ok ? ok({ kind: 'zone', valid: valid.value, isBumped: false }) : valid
  return raised(valid.value, serial, now)
}

/** Raises the serial by the zone's rule. */
function raised(given: ValidZone, present: number, now: number): Result<Draft, Refused> {
  const { document } = given
  const serial = nextSerial(present, serialRuleOf(document), now)
  const isBumped = serial !== present
  if (serial === document.soa.serial) return ok({ kind: 'zone', valid: given, isBumped })
  const valid = validDocument(withSerial(document, serial), given)
  return valid.ok ? ok({ kind: 'zone', valid: valid.value, isBumped }) : valid
}

export const isSame = (one: ZoneDocument, other: ZoneDocument): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other)

export const noZone = (origin: string): string => `there is no zone ${origin}`
