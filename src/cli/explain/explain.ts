import type { KeySet } from '../../dnssec/index.ts'
import {
  assuming,
  branchOf,
  type ExplainQuery,
  type Explanation,
  explain,
  explanationText,
  type PublicRings,
  parseExplainQuery,
  publicRings,
  type WhatIf,
  zonesOf,
} from '../../explain/index.ts'
import { type GeoLookup, isUnknownLocation, type Location, toLocation } from '../../geo/index.ts'
import { Health, type Platform } from '../../health/index.ts'
import type { Rng } from '../../policy/index.ts'
import { printable } from '../../printable.ts'
import { err, ok, type Result } from '../../result.ts'
import { loadedZones, type Outside, type Zone } from '../../zone/index.ts'
import type { CompileOptions } from '../../zonefile/index.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import { span } from '../duration.ts'
import { readHealth } from '../kv/health.ts'
import type { Kv, PublishKv } from '../kv/kv.ts'
import { readOutside } from '../kv/outside.ts'
import { readKeySets, readPublishedZones } from '../kv/zones.ts'
import { printDiagnostics } from '../zones/check.ts'
import { compileFolder } from '../zones/compile-files.ts'
import { Unmatched } from './unmatched.ts'

export type ExplainOptions = {
  readonly client?: string
  readonly ecs?: string
  readonly json?: boolean
  /** The connection's `request.cf`, as JSON. */
  readonly cf?: string
  /** True for a client with a token. */
  readonly token?: boolean
  /** The folder of the zones. Ignored if the zones are read from KV. */
  readonly zones: string
}

/** The source of health: nothing, or the documents of `vantages` in KV; and the assumptions of `--up` and `--down`. */
type HealthSource = {
  /** Opens the KV to read zones from. Undefined: they are read from the folder. */
  readonly openZones?: (() => Promise<Result<PublishKv>>) | undefined
  readonly open: (() => Promise<Result<Kv>>) | undefined
  /** The platform of the Worker that reads this health. */
  readonly platform: Platform
  readonly vantages: readonly string[]
  readonly whatIf: WhatIf
  readonly now: number
}

/** `edge-gslb explain NAME TYPE --client IP`. Its status is OK for every explanation, whatever the answer is. */
export async function explainCommand(
  name: string,
  type: string,
  options: ExplainOptions,
  healthSource: HealthSource,
  random: Rng,
  console: Console,
  database?: GeoLookup,
  compiling: CompileOptions = {},
): Promise<ExitStatus> {
  const question = parseQuestion(name, type, options)
  if (!question.ok) {
    console.err(`error: ${question.error}`)
    return EXIT.USAGE
  }
  const published = healthSource.openZones && (await publishedZones(healthSource, console))
  const zones = healthSource.openZones ? published?.zones : zonesOfFolder(options.zones, compiling, console)
  if (!zones) return EXIT.FAILED
  const health = await readHealthFor(healthSource)
  if (!health.ok) {
    console.err(`error: ${health.error}`)
    return EXIT.FAILED
  }
  if (healthSource.open && zones.some(({ usesHealth }) => usesHealth)) printAge(health.value.health, console)
  const unmatched = new Unmatched(healthSource.whatIf)
  unmatched.look(zones)
  unmatched.warn(console)
  const assumed = assuming(health.value.health, healthSource.whatIf)
  const outside = published?.outside ?? health.value.outside
  const explained = (rings?: PublicRings): Explanation =>
    explain(question.value, loadedZones(zones), random, assumed, database, outside, rings)
  const unsigned = explained()
  const sets = published ? await keySetsOf(healthSource, published, zonesOf(unsigned)) : []
  const explanation = sets.length > 0 ? explained(await publicRings(sets)) : unsigned
  if (options.json) {
    const sources = { zones: loadedZones(zones), health: assumed, database, outside }
    console.out(JSON.stringify({ ...explanation, branch: branchOf(question.value, sources) }, null, 2))
  } else console.out(explanationText(explanation))
  return EXIT.OK
}

function zonesOfFolder(folder: string, compiling: CompileOptions, console: Console): readonly Zone[] | undefined {
  const compiled = compileFolder(folder, undefined, compiling)
  if (compiled.ok) return compiled.value.map(({ zone }) => zone)
  printDiagnostics(compiled.error.diagnostics, console)
  console.err(`error: ${compiled.error.message}; nothing can be explained`)
  return undefined
}

/** `outside`: the addresses of names outside the zones, where KV has them. */
type Published = {
  readonly zones: readonly Zone[]
  readonly outside: Outside | undefined
  readonly keys: ReadonlyMap<string, string>
}

/** Reads the keys of those zones alone that the answer led into. */
async function keySetsOf(
  { openZones: open }: HealthSource,
  { keys }: Published,
  origins: readonly string[],
): Promise<readonly KeySet[]> {
  const kv = origins.some((origin) => keys.has(origin)) ? await open?.() : undefined
  if (!kv?.ok) return []
  const sets = await readKeySets(kv.value, keys, origins)
  await kv.value.close()
  return sets
}

async function publishedZones(
  { openZones: open, now }: HealthSource,
  console: Console,
): Promise<Published | undefined> {
  const kv = await open?.()
  if (!kv) return undefined
  const read = kv.ok ? await readPublishedZones(kv.value) : kv
  const outside = kv.ok ? await readOutside(kv.value, now) : kv
  if (kv.ok) await kv.value.close()
  if (!read.ok) {
    console.err(`error: ${read.error}; nothing can be explained`)
    return undefined
  }
  for (const problem of read.value.problems) console.err(`warning: ${printable(problem)}`)
  if (!outside.ok) console.err(`warning: ${printable(outside.error)}`)
  return { zones: read.value.zones, outside: outside.ok ? outside.value : undefined, keys: read.value.keys }
}

/** Prints the age of health: with missing or old health the explained answer may differ from the Worker's. */
function printAge(health: Health, console: Console): void {
  if (health.vantages.length === 0) {
    console.err(
      'warning: KV has no health document, so every target has the state that its check sets before the first result; expected a Worker that probes: npm start, or the cron',
    )
  }
  for (const { name, at } of health.vantages) {
    console.err(`health of ${name}: written ${span(health.now - at)} ago`)
  }
}

/** The states of a Worker, and the addresses of names outside the zones that it found out. */
type Known = { readonly health: Health; readonly outside: Outside | undefined }

async function readHealthFor({ open, platform, vantages, now }: HealthSource): Promise<Result<Known>> {
  if (!open) return ok({ health: new Health([], [], now), outside: undefined })
  const kv = await open()
  if (!kv.ok) return kv
  const health = await readHealth(kv.value, vantages, now, platform)
  const outside = health.ok ? await readOutside(kv.value, now) : health
  await kv.value.close()
  if (!health.ok) return health
  return outside.ok ? ok({ health: health.value, outside: outside.value }) : outside
}

export function parseQuestion(
  name: string,
  type: string,
  { client, ecs, cf, token }: ExplainOptions,
): Result<ExplainQuery> {
  const place = cf === undefined ? ok(undefined) : parseCf(cf)
  if (!place.ok) return place
  return parseExplainQuery({ name, type, client, ecs, place: place.value, token }, SPELLING)
}

const SPELLING = { client: '--client ', ecs: '--ecs ', wanted: '--client 192.0.2.1, or --ecs 192.0.2.0/24' } as const

const CF_LIKE = 'one like {"continent":"EU","country":"DE","regionCode":"BY","asn":64496}'

function parseCf(text: string): Result<Location> {
  try {
    const cf: unknown = JSON.parse(text)
    if (typeof cf === 'object' && cf !== null && !Array.isArray(cf)) {
      const place = toLocation({ ...cf, region: 'regionCode' in cf ? cf.regionCode : undefined })
      if (!isUnknownLocation(place) || Object.keys(cf).length === 0) return ok(place)
      return err(`--cf ${text} has no location; expected ${CF_LIKE}`)
    }
  } catch {
    // Not JSON: the error below says so.
  }
  return err(`--cf ${text} is not a JSON object; expected ${CF_LIKE}`)
}
