import { DEFAULT_RULE, nextSerial } from '../rrsets/index.ts'
import type { ZoneDocument } from '../zone/index.ts'

/** Compares serials as numbers that wrap around (RFC 1982 §3.2). */
export const isAbove = (serial: number, other: number): boolean => serial !== other && (serial - other) >>> 0 < 2 ** 31

/**
 * Returns the serial of a document that replaces one with the serial `present`, by the zone's rule. Without a rule, and
 * if it is OFF, that is the same.
 * @param now milliseconds since the epoch
 */
export const serialAfter = (present: number, { api }: ZoneDocument, now: number): number =>
  nextSerial(api?.soa_edit_api ?? DEFAULT_RULE, present, now) ?? present

/** Returns the document with another serial. All else in it stays the same objects. */
export const withSerial = (document: ZoneDocument, serial: number): ZoneDocument =>
  document.soa.serial === serial ? document : { ...document, soa: { ...document.soa, serial } }
