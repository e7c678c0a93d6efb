import { formatName, type Name, TYPE } from '../dns/index.ts'
import { MAX_API_CHANGES, MAX_API_NAMESERVERS } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import type { ZoneDocument } from '../zone/index.ts'
import { compileSource, fileNameOf } from '../zonefile/index.ts'
import { readContent } from './content.ts'
import { type Fields, fieldsOf, listOf, optionalNumber, optionalText, optionalTexts, textOf } from './json-fields.ts'
import { canonicalName, plainName } from './name.ts'
import { readReplace, readSubject } from './parse-patch.ts'
import { type PatchOptions, patched } from './patch.ts'
import { isSoa } from './read-rrset.ts'
import { clipped, unprocessable } from './refusal.ts'
import { DEFAULT_RULE, nextSerial } from './serial.ts'
import { readSettings } from './settings.ts'
import type { Refusal, RrsetChange } from './types.ts'

/** PowerDNS's default-ttl, in seconds. */
const DEFAULT_TTL = 3600

const MAX_SERIAL = 2 ** 32 - 1

/**
 * Makes the document of a zone that a POST creates: of rrsets, or of zone-file text, with an SOA if neither has one.
 * The caller sees if the zone is there already.
 * @param body parsed JSON
 */
export function createdZone(body: unknown, options: PatchOptions): Result<ZoneDocument, Refusal> {
  const fields = fieldsOf(body)
  const nameText = textOf(fields, 'name')
  if (!nameText.ok) return nameText
  const name = plainName(nameText.value)
  if (!name.ok) return name
  const kind = textOf(fields, 'kind')
  if (!kind.ok) return kind
  const settings = readSettings({ ...fields, kind: kind.value })
  if (!settings.ok) return settings
  const rule = settings.value.soa_edit_api ?? DEFAULT_RULE
  const api = { ...settings.value, soa_edit_api: rule }
  const nameservers = readNameservers(fields, api.kind ?? '')
  if (!nameservers.ok) return nameservers
  const document = zoneText(fields)
  if (!document.ok) return document
  const made =
    document.value === undefined
      ? ofRrsets(fields, name.value, nameservers.value, api, options)
      : ofText(document.value, fields, name.value, nameservers.value, api)
  if (!made.ok) return made
  const { soa } = made.value
  return ok({
    ...made.value,
    soa: { ...soa, serial: nextSerial(rule, soa.serial, options.now) ?? soa.serial },
  })
}

function zoneText(fields: Fields): Result<string | undefined, Refusal> {
  const text = optionalText(fields, 'zone')
  if (!text.ok || text.value === undefined || text.value === '') return text.ok ? ok(undefined) : text
  if (listOf(fields, 'rrsets')) return unprocessable('You cannot give rrsets AND zone data as text')
  return text
}

/** Reads the name servers of a new zone, as canonical names. */
function readNameservers(fields: Fields, kind: string): Result<readonly string[], Refusal> {
  const list = optionalTexts(fields, 'nameservers', MAX_API_NAMESERVERS)
  if (!list.ok) return list
  const names = new Set<string>()
  for (const text of list.value ?? []) {
    const name = canonicalName(text)
    if (!name.ok) return unprocessable(`Nameserver is not canonical: '${clipped(text)}'; expected a dot at its end`)
    const content = readContent(TYPE.NS, text)
    if (!content.ok) return unprocessable(`Nameserver '${clipped(text)}': ${content.error}`)
    names.add(content.value)
  }
  const isSecondary = kind === 'Slave' || kind === 'Consumer'
  if (isSecondary && names.size > 0) return unprocessable(`Nameservers MUST NOT be given for ${kind} zones`)
  return ok([...names])
}

// --- of rrsets -----------------------------------------------------------------------------------------------------------

function ofRrsets(
  fields: Fields,
  name: Name,
  nameservers: readonly string[],
  api: ZoneDocument['api'],
  options: PatchOptions,
): Result<ZoneDocument, Refusal> {
  const changes = readRrsets(fields)
  if (!changes.ok) return changes
  const hasApexNs = changes.value.some((change) => change.type === 'NS' && change.name.key === name.key)
  if (hasApexNs && nameservers.length > 0) {
    return unprocessable('Nameservers list MUST NOT be mixed with zone-level NS in rrsets')
  }
  const serial = optionalNumber(fields, 'serial', MAX_SERIAL)
  if (!serial.ok) return serial
  const empty = emptyZone(name, serial.value ?? 0, nameservers, api)
  const made = patched(empty, changes.value, options)
  if (!made.ok) return made
  // The rule changes the serial once, when the zone is whole.
  const soa = made.value.touchesSoa ? made.value.document.soa : empty.soa
  return ok({ ...made.value.document, soa })
}

/** Reads whole rrsets, each once: those of a new zone, or all of one. Their `changetype` is ignored. */
export function readRrsets(fields: Fields): Result<readonly RrsetChange[], Refusal> {
  const list = listOf(fields, 'rrsets') ?? []
  if (list.length > MAX_API_CHANGES) {
    return unprocessable(`the request has ${list.length} rrsets; expected at most ${MAX_API_CHANGES}`)
  }
  const changes: RrsetChange[] = []
  const seen = new Set<string>()
  for (const item of list) {
    const rrset = readRrset(fieldsOf(item))
    if (!rrset.ok) return rrset
    if (rrset.value === undefined) continue
    const { name, type } = rrset.value
    if (seen.has(`${type} ${name.key}`)) return unprocessable(`Duplicate RRset ${formatName(name)} IN ${type}`)
    seen.add(`${type} ${name.key}`)
    changes.push(rrset.value)
  }
  return ok(changes)
}

/** Reads an rrset; undefined for one without records and comments, which PowerDNS ignores here. */
function readRrset(fields: Fields): Result<RrsetChange | undefined, Refusal> {
  const subject = readSubject(fields)
  if (!subject.ok) return subject
  if (!listOf(fields, 'records') && !listOf(fields, 'comments')) return ok(undefined)
  return readReplace(fields, subject.value)
}

/** A zone with the SOA that PowerDNS makes, and its name servers. */
function emptyZone(name: Name, serial: number, nameservers: readonly string[], api: ZoneDocument['api']): ZoneDocument {
  const origin = formatName(name)
  const NS = nameservers.length === 1 ? (nameservers[0] as string) : nameservers
  return {
    origin,
    ttl: DEFAULT_TTL,
    soa: {
      mname: 'a.misconfigured.dns.server.invalid.',
      rname: origin === '.' ? 'hostmaster.' : `hostmaster.${origin}`,
      serial,
      refresh: 10_800,
      retry: 3600,
      expire: 604_800,
      minimum: 3600,
    },
    api,
    records: nameservers.length > 0 ? { '@': { NS } } : {},
  }
}

// --- of zone-file text ---------------------------------------------------------------------------------------------------

/** Lines before the text: they give it the zone's name and PowerDNS's TTL. */
const LINES_BEFORE = 2

function ofText(
  text: string,
  fields: Fields,
  name: Name,
  nameservers: readonly string[],
  api: ZoneDocument['api'],
): Result<ZoneDocument, Refusal> {
  const serial = optionalNumber(fields, 'serial', MAX_SERIAL)
  if (!serial.ok) return serial
  const origin = formatName(name)
  const empty = emptyZone(name, serial.value ?? 0, nameservers, api)
  const { mname, rname, refresh, retry, expire, minimum } = empty.soa
  const soa = `${origin} ${DEFAULT_TTL} IN SOA ${mname} ${rname} ${empty.soa.serial} ${refresh} ${retry} ${expire} ${minimum}\n`
  const servers = nameservers.map((server) => `${origin} ${DEFAULT_TTL} IN NS ${server}\n`).join('')
  const whole = `$TTL ${DEFAULT_TTL}\n$ORIGIN ${origin}\n${text}\n${HAS_SOA.test(text) ? '' : soa}${servers}`
  const source = { file: fileNameOf(name), text: whole }
  const compiled = compileSource(source, () => err('a zone that comes over the API has no other files; expected none'))
  if (!compiled.ok) {
    const errors = compiled.error.map(({ line, column, message }) => {
      return `line ${Math.max(1, line - LINES_BEFORE)}, column ${column}: ${message}`
    })
    const [first = 'the text is not valid', ...others] = errors
    return err({ status: 422, error: `zone: ${first}`, ...(others.length > 0 && { errors }) })
  }
  const { document } = compiled.value
  const named = canonicalName(document.origin)
  if (!named.ok || named.value.key !== name.key) {
    return unprocessable(`the text is of the zone ${document.origin}; expected ${origin}`)
  }
  return ok({ ...document, origin, api })
}

/** An SOA outside comments, as far as a line tells. */
const HAS_SOA = /^[^;"\n]*\sSOA\s/im

/** True for a list of rrsets without the SOA. */
export const lacksSoa = (changes: readonly RrsetChange[]): boolean =>
  !changes.some(({ type, ...change }) => {
    return isSoa(type) && change.changetype === 'REPLACE' && (change.records ?? []).length > 0
  })
