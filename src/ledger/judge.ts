import { formatName } from '../dns/index.ts'
import { ok, type Result, unreachable } from '../result.ts'
import {
  createdZone,
  type Patched,
  parsePatch,
  patched,
  type Refusal,
  replacedZone,
  withMetadata,
} from '../rrsets/index.ts'
import type { ZoneDocument } from '../zone/index.ts'
import type { Change, Refused } from './change.ts'
import { isAbove, serialAfter, withSerial } from './serial.ts'
import { agreeing, refused, type ValidZone, validDocument, validText } from './validation.ts'

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
type ZoneChange = Exclude<Change, { readonly kind: 'expectations' }>

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
      const own = valid.ok ? agreeing(valid.value) : valid
      return own.ok ? given(own.value, present, now) : own
    }
    case 'rollback':
      return rolledBack(change.to, present, versionOf(change.to), now)
    case 'delete':
      return present.document ? ok({ kind: 'deleted' }) : refused(404, noZone(present.origin))
    case 'create':
      return created(change.body, present, now)
    case 'patch':
      return edited(present, (document) => {
        const changes = parsePatch(change.body)
        return changes.ok ? patched(document, changes.value, { now }) : changes
      })
    case 'replace':
      return edited(present, (document) => replacedZone(document, change.body, { now }))
    case 'metadata':
      return edited(present, (document) => withMetadata(document, change.name, change.values, change.add))
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

/** Makes the zone that a POST of PowerDNS's API asks for, which gives it its serial, too. */
function created(body: unknown, { origin, document: before }: Present, now: number): Result<Draft, Refused> {
  if (before) return refused(409, `the zone ${origin} is there already; expected another name, or a PATCH of it`)
  const document = createdZone(body, { now })
  if (!document.ok) return refusedBy(document.error)
  const valid = validDocument(document.value)
  if (!valid.ok) return valid
  const found = formatName(valid.value.zone.origin.key)
  if (found !== origin) return refused(422, `the zone is ${found}; expected ${origin}`)
  return ok({ kind: 'zone', valid: valid.value, isBumped: false })
}

/** Changes a zone that is there, in PowerDNS's form, which raises the serial by the zone's rule. */
function edited(
  { origin, document, valid: before }: Present,
  edit: (document: ZoneDocument) => Result<Patched, Refusal>,
): Result<Draft, Refused> {
  if (!document) return refused(404, noZone(origin))
  const made = edit(document)
  if (!made.ok) return refusedBy(made.error)
  if (!made.value.isChanged) return ok({ kind: 'unchanged' })
  const valid = validDocument(made.value.document, before)
  const { serial } = made.value
  return valid.ok ? ok({ kind: 'zone', valid: valid.value, isBumped: serial !== undefined }) : valid
}

const refusedBy = ({ status, error, errors }: Refusal): { ok: false; error: Refused } =>
  refused(status, error, errors && { details: errors })

function rolledBack(
  to: number,
  { origin, serial, document: before }: Present,
  target: ZoneDocument | null | undefined,
  now: number,
): Result<Draft, Refused> {
  if (target === undefined)
    return refused(404, `the zone ${origin} has no change ${to} that is kept; expected one of its history`)
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
  const serial = serialAfter(present, document, now)
  const isBumped = serial !== present
  if (serial === document.soa.serial) return ok({ kind: 'zone', valid: given, isBumped })
  const valid = validDocument(withSerial(document, serial), given)
  return valid.ok ? ok({ kind: 'zone', valid: valid.value, isBumped }) : valid
}

export const isSame = (one: ZoneDocument, other: ZoneDocument): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other)

export const noZone = (origin: string): string => `there is no zone ${origin}`
