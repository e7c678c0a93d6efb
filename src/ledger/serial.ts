import type { ZoneDocument } from '../zone/index.ts'

/** PowerDNS's rules for the serial of a zone that its API changes. */
type SerialRule = 'DEFAULT' | 'INCREASE' | 'EPOCH' | 'OFF'

/** Returns the rule of a zone: `soa_edit_api`, whose empty text is no rule. Without the field it is DEFAULT. */
export function serialRuleOf({ api }: ZoneDocument): SerialRule {
  switch ((api?.soa_edit_api ?? 'DEFAULT').toUpperCase()) {
    case 'OFF':
    case '':
      return 'OFF'
    case 'INCREASE':
      return 'INCREASE'
    case 'EPOCH':
      return 'EPOCH'
    default:
      return 'DEFAULT'
  }
}

/** Compares serials as numbers that wrap around (RFC 1982 §3.2). */
export const isAbove = (serial: number, other: number): boolean => serial !== other && (serial - other) >>> 0 < 2 ** 31

/**
 * Returns the serial after a change. It is above the present one, or equal to it if the rule is OFF.
 * @param now milliseconds since the epoch
 */
export function nextSerial(present: number, rule: SerialRule, now: number): number {
  const above = (serial: number): number => (isAbove(serial, present) ? serial : (present + 1) >>> 0)
  switch (rule) {
    case 'OFF':
      return present
    case 'INCREASE':
      return (present + 1) >>> 0
    case 'EPOCH':
      return above(Math.floor(now / 1000) >>> 0)
    case 'DEFAULT':
      return above(Number(`${new Date(now).toISOString().slice(0, 10).replaceAll('-', '')}01`))
  }
}

/** Returns the document with another serial. All else in it stays the same objects. */
export const withSerial = (document: ZoneDocument, serial: number): ZoneDocument =>
  document.soa.serial === serial ? document : { ...document, soa: { ...document.soa, serial } }
