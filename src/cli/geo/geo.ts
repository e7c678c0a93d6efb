import { type Database, FIELDS, type Field, formatLocation, pack, type Survey } from '../../geo/index.ts'
import { MAX_GEO_BYTES, MAX_KV_BYTES } from '../../limits.ts'
import { type Address, formatAddress, formatPrefix, maskAddress, parseAddress } from '../../net/index.ts'
import { err, ok, type Result } from '../../result.ts'
import { GEO_KEY, type GeoManifest, geoBodyKeys } from '../../store/index.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import type { BinaryKv } from '../kv/kv.ts'
import { databaseOfKv, readManifest, readSource } from './source.ts'

/** Opens KV when it is needed. `where` names the KV in reports. */
type OpenKv = { readonly open: () => Promise<Result<BinaryKv>>; readonly where: string }

/**
 * `edge-gslb geo put FILE…`: writes the database by which the Worker locates Client Subnets.
 * @param maxBytes of one value of KV
 */
export async function geoPut(
  files: readonly string[],
  fieldsText: string | undefined,
  kv: OpenKv,
  console: Console,
  maxBytes = MAX_KV_BYTES,
): Promise<ExitStatus> {
  const wanted = parseFields(fieldsText)
  if (!wanted.ok) {
    console.err(`error: ${wanted.error}`)
    return EXIT.USAGE
  }
  const source = readSource(files)
  if (!source.ok) return failed(source.error, console)
  const { survey, sources, fields: available } = source.value
  const fields = FIELDS.filter((field) => available.includes(field) && (wanted.value ?? FIELDS).includes(field))
  if (fields.length === 0) {
    const wants = (wanted.value ?? FIELDS).join(', ')
    return failed(`${sources.join(' + ')}: no location has ${wants}; expected a City, Country or ASN database`, console)
  }
  const values = pack(survey, fields, maxBytes)
  const bytes = sizeOf(values)
  if (!fits(values)) return failed(tooLarge(survey, fields, bytes), console)
  const manifest = { keys: await keysOf(values), bytes, put: new Date().toISOString(), sources, fields }
  return withKv(kv, console, async (opened) => {
    const written = await write(opened, values, manifest)
    if (!written.ok) return written
    console.out(`${sources.join(' + ')}: ${fields.join(', ')}; ${sizeText(bytes)}`)
    console.out(`put into ${kv.where}: ${written.value}`)
    const unknown = (wanted.value ?? FIELDS).filter((field) => !fields.includes(field))
    if (unknown.length > 0)
      console.out(`it has no ${unknown.join(', ')}: choices by those fields alone match no client`)
    return ok(true)
  })
}

/** Writes the database before the key that names it, so that readers find it. Deletes the one before the previous. */
async function write(kv: BinaryKv, values: readonly Uint8Array[], manifest: GeoManifest): Promise<Result<string>> {
  const before = await readManifest(kv)
  // A damaged manifest is replaced; the keys that it named are left in KV.
  const old = before.ok ? before.value : undefined
  if (old?.keys[0] === manifest.keys[0]) return ok('KV has this database already, nothing was written')
  for (const [i, value] of values.entries()) {
    const body = await kv.putBytes(manifest.keys[i] as string, value)
    if (!body.ok) return err(`${body.error}; KV still has the previous database`)
  }
  const value = JSON.stringify({ ...manifest, ...(old && { previous: old.keys }) })
  const named = await kv.put([{ key: GEO_KEY, value }])
  if (!named.ok) return err(`${named.error}; KV still has the previous database`)
  const writes = `${values.length + 1} KV writes`
  const gone = (old?.previous ?? []).filter((key) => !manifest.keys.includes(key))
  if (gone.length === 0) return ok(writes)
  const deleted = await kv.delete(gone)
  const deletes = gone.length === 1 ? '1 KV delete' : `${gone.length} KV deletes`
  return ok(deleted.ok ? `${writes}, ${deletes}` : `${writes}; ${gone.join(', ')} could not be deleted`)
}

/** `edge-gslb geo show [ADDRESS…]`. @param json true if the output is one JSON object */
export async function geoShow(
  addresses: readonly string[],
  kv: OpenKv,
  console: Console,
  json = false,
): Promise<ExitStatus> {
  const parsed = addresses.map(parseAddress)
  for (const address of parsed) {
    if (address.ok) continue
    console.err(`error: ${address.error}`)
    return EXIT.USAGE
  }
  return withKv(kv, console, async (opened) => {
    const stored = await databaseOfKv(opened)
    if (!stored.ok) return stored
    if (!stored.value) return err(`${kv.where} has no database; put one with "edge-gslb geo put FILE.mmdb"`)
    const { database, manifest } = stored.value
    const { ranges4, ranges6, places } = database.summary
    if (json) {
      const found = parsed.flatMap((address) => (address.ok ? [placeOf(address.value, database)] : []))
      console.out(JSON.stringify({ ...manifest, ranges4, ranges6, places, addresses: found }, null, 2))
      return ok(true)
    }
    if (parsed.length === 0) {
      console.out(`${manifest.sources.join(' + ')}, put ${manifest.put}`)
      console.out(`${ranges4} IPv4 and ${ranges6} IPv6 ranges, ${places} places by ${manifest.fields.join(', ')}`)
      console.out(`${sizeText(manifest.bytes)} under ${manifest.keys.join(', ')} in ${kv.where}`)
    }
    for (const address of parsed) {
      if (!address.ok) continue
      const { place, prefixLength } = database.lookup(address.value)
      console.out(`${formatPrefix(maskAddress(address.value, prefixLength))}  ${formatLocation(place)}`)
    }
    return ok(true)
  })
}

function placeOf(address: Address, database: Database) {
  const { place, prefixLength } = database.lookup(address)
  return { address: formatAddress(address), network: formatPrefix(maskAddress(address, prefixLength)), place }
}

/** `edge-gslb geo remove` */
export async function geoRemove(kv: OpenKv, console: Console): Promise<ExitStatus> {
  return withKv(kv, console, async (opened) => {
    const manifest = await readManifest(opened)
    if (manifest.ok && !manifest.value) return ok(void console.out(`${kv.where} has no database`))
    const { keys: current = [], previous = [] } = (manifest.ok ? manifest.value : undefined) ?? {}
    const keys = [GEO_KEY, ...current, ...previous]
    const deleted = await opened.delete(keys)
    if (deleted.ok) console.out(`removed from ${kv.where}: ${keys.join(', ')}`)
    return deleted
  })
}

async function withKv(
  { open }: OpenKv,
  console: Console,
  work: (kv: BinaryKv) => Promise<Result<unknown>>,
): Promise<ExitStatus> {
  const kv = await open()
  if (!kv.ok) return failed(kv.error, console)
  const done = await work(kv.value)
  await kv.value.close()
  return done.ok ? EXIT.OK : failed(done.error, console)
}

function failed(error: string, console: Console): ExitStatus {
  console.err(`error: ${error}`)
  return EXIT.FAILED
}

function parseFields(text: string | undefined): Result<readonly Field[] | undefined> {
  if (text === undefined) return ok(undefined)
  const words = text.split(/[\s,]+/).filter((word) => word !== '')
  const unknown = words.find((word) => !(FIELDS as readonly string[]).includes(word))
  if (unknown === undefined && words.length > 0) return ok(words as Field[])
  return err(`--fields has "${unknown ?? text}"; expected some of ${FIELDS.join(',')}`)
}

async function keysOf(values: readonly Uint8Array[]): Promise<readonly string[]> {
  const digest = await crypto.subtle.digest('SHA-256', Buffer.concat(values))
  return geoBodyKeys(Buffer.from(digest).toString('hex').slice(0, 32), values.length)
}

const sizeOf = (values: readonly Uint8Array[]): number => values.reduce((sum, { length }) => sum + length, 0)

const fits = (values: readonly Uint8Array[]): boolean =>
  sizeOf(values) <= MAX_GEO_BYTES && values.every(({ length }) => length <= MAX_KV_BYTES)

/** Explains that the database is too large, with the size for each choice of fewer fields. */
function tooLarge(survey: Survey, fields: readonly Field[], bytes: number): string {
  const leftOut: readonly (readonly Field[])[] = [
    ['city'],
    ['location'],
    ['city', 'location'],
    ['asn'],
    ['region', 'city', 'location'],
  ]
  const ways = leftOut
    .map((out) => fields.filter((field) => !out.includes(field)))
    .filter((rest) => rest.length > 0 && rest.length < fields.length)
    .map((rest) => `--fields ${rest.join(',')} (${sizeText(sizeOf(pack(survey, rest)))})`)
  const limits = `${sizeText(MAX_GEO_BYTES)}, the share of an isolate's memory, and ${sizeText(MAX_KV_BYTES)} of texts or of other data`
  return `with ${fields.join(', ')} the database has ${sizeText(bytes)}; expected at most ${limits}; leave out fields that no zone uses: ${[...new Set(ways)].join('; ')}`
}

const sizeText = (bytes: number): string =>
  bytes < 2 ** 20 ? `${(bytes / 2 ** 10).toFixed(1)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`
