import {
  MAX_API_METADATA_CHARS,
  MAX_API_METADATA_KINDS,
  MAX_API_METADATA_VALUES,
  MAX_API_SETTING_CHARS,
} from '../limits.ts'
import { ok, type Result } from '../result.ts'
import type { ApiDocument, ZoneDocument } from '../zone/index.ts'
import { fieldsOf, listOf, textOf } from './json-fields.ts'
import { clipped, unprocessable } from './refusal.ts'
import { isSame } from './same.ts'
import { DEFAULT_RULE } from './serial.ts'
import type { Patched, Refusal } from './types.ts'

/** Metadata of one kind, as PowerDNS's API shows it. */
export type Metadata = { readonly kind: string; readonly metadata: readonly string[]; readonly type: 'Metadata' }

/** The kinds that a client may change. */
const WRITABLE: ReadonlySet<string> = new Set([
  'ALLOW-AXFR-FROM',
  'ALLOW-DNSUPDATE-FROM',
  'ALSO-NOTIFY',
  'AXFR-SOURCE',
  'FORWARD-DNSUPDATE',
  'GSS-ACCEPTOR-PRINCIPAL',
  'GSS-ALLOW-AXFR-PRINCIPAL',
  'IXFR',
  'NOTIFY-DNSUPDATE',
  'PUBLISH-CDNSKEY',
  'PUBLISH-CDS',
  'SLAVE-RENOTIFY',
  'SOA-EDIT-DNSUPDATE',
  'TSIG-ALLOW-AXFR',
  'TSIG-ALLOW-DNSUPDATE',
])

/** The kinds that a client may read alone. */
const READ_ONLY: ReadonlySet<string> = new Set([
  'AXFR-MASTER-TSIG',
  'LUA-AXFR-SCRIPT',
  'NSEC3NARROW',
  'NSEC3PARAM',
  'PRESIGNED',
  'SOA-EDIT',
])

const isWritable = (kind: string): boolean => WRITABLE.has(kind) || kind.startsWith('X-')

/** Returns all metadata of a zone; settings that PowerDNS keeps as metadata are among them. */
export function allMetadata({ api = {} }: ZoneDocument): readonly Metadata[] {
  const settings: Readonly<Record<string, readonly string[]>> = {
    ...(api.api_rectify !== undefined && { 'API-RECTIFY': [api.api_rectify ? '1' : '0'] }),
    ...(api.soa_edit !== undefined && api.soa_edit !== '' && { 'SOA-EDIT': [api.soa_edit] }),
    ...(api.soa_edit_api !== '' && { 'SOA-EDIT-API': [api.soa_edit_api ?? DEFAULT_RULE] }),
  }
  return Object.entries({ ...api.metadata, ...settings })
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, metadata]) => shown(kind, metadata))
}

/** Returns the metadata of a kind; an empty list if there is none. */
export function metadataOf(document: ZoneDocument, kind: string): Result<Metadata, Refusal> {
  if (!isWritable(kind) && !READ_ONLY.has(kind)) return unsupported(kind)
  return ok(allMetadata(document).find((one) => one.kind === kind) ?? shown(kind, []))
}

/** Reads the body of a POST or a PUT of metadata. @param kind that of the URL; undefined: the body names it */
export function parseMetadata(body: unknown, kind?: string): Result<Metadata, Refusal> {
  const fields = fieldsOf(body)
  const named = kind === undefined ? textOf(fields, 'kind') : ok(kind)
  if (!named.ok) return named
  const values = listOf(fields, 'metadata')
  if (!values) return unprocessable('metadata is not specified or not an array')
  if (!values.every((value) => typeof value === 'string' && value.isWellFormed())) {
    return unprocessable('metadata must be strings')
  }
  return ok(shown(named.value, values as readonly string[]))
}

/**
 * Changes the metadata of a kind. The serial stays as it is.
 * @param values null deletes the kind
 * @param add true: adds to the values that are there, each once
 */
export function withMetadata(
  document: ZoneDocument,
  kind: string,
  values: readonly string[] | null,
  add: boolean,
): Result<Patched, Refusal> {
  if (!isWritable(kind)) return unsupported(kind)
  const { metadata = {}, ...rest } = document.api ?? {}
  const before = Object.hasOwn(metadata, kind) ? (metadata[kind] as readonly string[]) : []
  const after = [...new Set([...(add ? before : []), ...(values ?? [])])]
  const others = Object.entries(metadata).filter(([key]) => key !== kind)
  const all = after.length > 0 ? [...others, [kind, after] as const] : others
  const tooMany = whyTooMuch(kind, after, all.length)
  if (tooMany !== undefined) return unprocessable(tooMany)
  const isChanged = !isSame(before, after)
  const api: ApiDocument = all.length > 0 ? { ...rest, metadata: Object.fromEntries(all) } : rest
  const changed = isChanged ? { ...document, api } : document
  return ok({ document: changed, isChanged, touchesSoa: false, owners: [], serial: undefined })
}

function whyTooMuch(kind: string, values: readonly string[], kinds: number): string | undefined {
  if (kind.length > MAX_API_SETTING_CHARS)
    return `the kind is too long; expected at most ${MAX_API_SETTING_CHARS} characters`
  if (kinds > MAX_API_METADATA_KINDS)
    return `the zone has too many kinds of metadata; expected at most ${MAX_API_METADATA_KINDS}`
  if (values.length > MAX_API_METADATA_VALUES)
    return `${kind} has too many values; expected at most ${MAX_API_METADATA_VALUES}`
  if (values.every((value) => value.length <= MAX_API_METADATA_CHARS)) return undefined
  return `a value of ${kind} is too long; expected at most ${MAX_API_METADATA_CHARS} characters`
}

const unsupported = (kind: string) => unprocessable(`Unsupported metadata kind '${clipped(kind)}'`)

const shown = (kind: string, metadata: readonly string[]): Metadata => ({ kind, metadata, type: 'Metadata' })
