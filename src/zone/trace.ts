import type { NameKey } from '../dns/index.ts'
import type { PolicyStep } from '../policy/index.ts'
import type { OutsideAnswer } from './outside.ts'

/** One decision on the way from question to answer. Names are keys: `formatName` makes text of them. */
export type Step =
  | { readonly step: 'zone'; readonly origin: NameKey; readonly serial: number }
  | { readonly step: 'no-zone'; readonly name: NameKey }
  /** The zone is not for everybody. */
  | { readonly step: 'access'; readonly zone: NameKey; readonly admitted: boolean }
  | {
      readonly step: 'name'
      readonly name: NameKey
      readonly found: 'exact' | 'wildcard' | 'delegation' | 'dname'
      readonly at: NameKey
    }
  | { readonly step: 'name'; readonly name: NameKey; readonly found: 'empty-non-terminal'; readonly at: NameKey }
  /** `at` is the closest name that exists. */
  | { readonly step: 'name'; readonly name: NameKey; readonly found: 'nothing'; readonly at: NameKey }
  | { readonly step: 'rrset'; readonly type: number; readonly ttl: number }
  | { readonly step: 'no-rrset'; readonly type: number }
  /** The steps behind it find the addresses of this type, for the hints of a record. */
  | { readonly step: 'hint'; readonly type: number; readonly name: NameKey }
  /** The steps behind it find the records of this type, for the additional section. */
  | { readonly step: 'additional'; readonly type: number; readonly name: NameKey }
  | { readonly step: 'cname' | 'alias'; readonly target: NameKey }
  /** The facts that are known of the name outside our zones that an ALIAS led to. */
  | { readonly step: 'outside'; readonly name: NameKey; readonly found: OutsideAnswer }
  /** Null if the name would be too long. */
  | { readonly step: 'dname'; readonly target: NameKey | null }
  /** The TTL follows health, which can change the answer in `holds` seconds at the earliest; `most` is the maximum. */
  | { readonly step: 'ttl'; readonly ttl: number; readonly most: number; readonly holds: number }
  /** The last step of an answer that does not fit a message: SERVFAIL is sent instead. */
  | { readonly step: 'too-large' }
  | PolicyStep
