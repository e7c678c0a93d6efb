import { formatName } from '../dns/index.ts'
import { MAX_API_MASTERS, MAX_API_SETTING_CHARS } from '../limits.ts'
import { parseAddress } from '../net/index.ts'
import { ok, type Result } from '../result.ts'
import type { ApiDocument } from '../zone/index.ts'
import { type Fields, optionalTexts } from './json-fields.ts'
import { canonicalName } from './name.ts'
import { clipped, unprocessable } from './refusal.ts'
import type { Refusal } from './types.ts'

type Settings = Omit<ApiDocument, 'rrsets' | 'metadata'>

/** The kinds of zones that PowerDNS has, by all of their names. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ['native', 'Native'],
  ['master', 'Master'],
  ['primary', 'Master'],
  ['slave', 'Slave'],
  ['secondary', 'Slave'],
  ['producer', 'Producer'],
  ['consumer', 'Consumer'],
])

/** Returns the kind in PowerDNS's spelling; any other text is Native. */
export const kindOf = (text: string): string => KINDS.get(text.toLowerCase()) ?? 'Native'

/**
 * Reads the settings of a zone in a POST or a PUT. Members that are absent or of another type stay out of the result.
 */
export function readSettings(fields: Fields): Result<Settings, Refusal> {
  if (typeof fields.nsec3param === 'string' && fields.nsec3param !== '') {
    return unprocessable("'nsec3param' cannot be set: denials are made as they are asked for (RFC 9824); expected none")
  }
  const masters = Array.isArray(fields.masters) ? optionalTexts(fields, 'masters', MAX_API_MASTERS) : ok(undefined)
  if (!masters.ok) return masters
  for (const master of masters.value ?? []) {
    if (!isEndpoint(master)) return unprocessable(`Master '${clipped(master)}' is not an IP address`)
  }
  const settings: { -readonly [K in keyof Settings]: Settings[K] } = {}
  for (const key of ['kind', 'account', 'soa_edit_api', 'soa_edit', 'catalog'] as const) {
    const value = fields[key]
    if (typeof value !== 'string') continue
    if (!value.isWellFormed() || value.length > MAX_API_SETTING_CHARS) {
      return unprocessable(
        `Key '${key}' is too long or not valid UTF-8; expected at most ${MAX_API_SETTING_CHARS} characters`,
      )
    }
    settings[key] = key === 'kind' ? kindOf(value) : value
  }
  if (settings.catalog !== undefined && settings.catalog !== '') {
    const catalog = canonicalName(settings.catalog)
    if (!catalog.ok) return catalog
    settings.catalog = formatName(catalog.value)
  }
  if (typeof fields.api_rectify === 'boolean') settings.api_rectify = fields.api_rectify
  if (masters.value) settings.masters = masters.value
  return ok(settings)
}

/** True for an address with or without a port: `192.0.2.1:53`, `[2001:db8::1]:53`. */
function isEndpoint(text: string): boolean {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\](?::\d{1,5})?|([^:]+):\d{1,5})$/.exec(text) ?? []
  return parseAddress(bracketed ?? plain ?? text).ok
}
