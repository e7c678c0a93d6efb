import { splitFields, TYPE } from '../dns/index.ts'
import type { SoaDocument, ZoneDocument } from '../zone/index.ts'
import type { HeldRecord } from './held.ts'
import type { ZoneView } from './zone-view.ts'

/** Returns the SOA as an rrset without comments. @param soa one that a request gave; by default the document's */
export function soaRrset(
  zone: ZoneView,
  soa: SoaDocument | undefined,
): { readonly ttl: number; readonly records: readonly [HeldRecord] } {
  const { mname, rname, serial, refresh, retry, expire, minimum, ttl } = soa ?? zone.document.soa
  const text = [mname, rname, serial, refresh, retry, expire, minimum].join(' ')
  const content = zone.canonical(TYPE.SOA, text)
  return { ttl: ttl ?? zone.document.ttl, records: [{ content, disabled: false, isWritten: false }] }
}

/** Returns the field `soa` for canonical data. */
export function soaOf(text: string, ttl: number, document: ZoneDocument): SoaDocument {
  const fields = splitFields(text)
  const [mname = '.', rname = '.', ...numbers] = fields.ok ? fields.value.map((field) => field.text) : []
  const [serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0] = numbers.map(Number)
  const soa = { mname, rname, serial, refresh, retry, expire, minimum }
  return ttl === document.ttl ? soa : { ...soa, ttl }
}
