import { formatName } from '../dns/index.ts'
import type { ZoneDocument } from '../zone/index.ts'
import { zoneIdOf } from './name.ts'
import { type RrsetFilter, rrsetsOf } from './rrsets-of.ts'
import { DEFAULT_RULE } from './serial.ts'
import type { Rrset } from './types.ts'
import { ZoneView } from './zone-view.ts'

/** A zone in PowerDNS's list of zones, with its members in alphabetical order. */
export type ZoneSummary = {
  readonly account: string
  readonly catalog: string
  readonly dnssec: boolean
  readonly edited_serial: number
  readonly id: string
  readonly kind: string
  readonly last_check: number
  readonly masters: readonly string[]
  readonly name: string
  readonly notified_serial: number
  readonly serial: number
  readonly url: string
}

/** A zone by itself, with or without its rrsets. */
type ZoneInfo = ZoneSummary & {
  readonly api_rectify: boolean
  readonly master_tsig_key_ids: readonly string[]
  readonly nsec3narrow: boolean
  readonly nsec3param: string
  readonly record_count?: number
  readonly rrsets?: readonly Rrset[]
  readonly slave_tsig_key_ids: readonly string[]
  readonly soa_edit: string
  readonly soa_edit_api: string
}

/** A zone as a list knows it. `origin` is its name with the final dot. */
export type KnownZone = {
  readonly origin: string
  readonly serial: number
  readonly kind?: string | undefined
  readonly account?: string | undefined
  readonly catalog?: string | undefined
  readonly masters?: readonly string[] | undefined
  /** True if it has keys of DNSSEC. */
  readonly isSigned?: boolean | undefined
}

export function zoneSummary({ origin, serial, kind, account, catalog, masters, isSigned }: KnownZone): ZoneSummary {
  const id = zoneIdOf(origin)
  return {
    account: account ?? '',
    catalog: catalog ?? '',
    dnssec: isSigned ?? false,
    edited_serial: serial,
    id,
    kind: kind ?? 'Native',
    last_check: 0,
    masters: masters ?? [],
    name: origin,
    notified_serial: 0,
    serial,
    url: `/api/v1/servers/localhost/zones/${id}`,
  }
}

/** @param filter of the rrsets; null: without them */
export function zoneInfo(document: ZoneDocument, filter: RrsetFilter | null = {}, isSigned = false): ZoneInfo {
  const api = document.api ?? {}
  const rrsets = filter && rrsetsOf(document, filter).map(({ rrset }) => rrset)
  const origin = formatName(new ZoneView(document).origin.key)
  const { account, catalog, dnssec, edited_serial, id, kind, last_check, ...rest } = zoneSummary({
    ...api,
    origin,
    serial: document.soa.serial,
    isSigned,
  })
  const { masters, name, notified_serial, serial, url } = rest
  const count = rrsets?.reduce((sum, { records }) => sum + records.length, 0)
  return {
    account,
    api_rectify: api.api_rectify ?? false,
    catalog,
    dnssec,
    edited_serial,
    id,
    kind,
    last_check,
    master_tsig_key_ids: [],
    masters,
    name,
    notified_serial,
    nsec3narrow: false,
    nsec3param: '',
    ...(rrsets && count !== undefined && { record_count: count, rrsets }),
    serial,
    slave_tsig_key_ids: [],
    soa_edit: api.soa_edit ?? '',
    soa_edit_api: api.soa_edit_api ?? DEFAULT_RULE,
    url,
  }
}
