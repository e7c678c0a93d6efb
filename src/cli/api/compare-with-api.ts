import { isDeepStrictEqual } from 'node:util'
import * as v from 'valibot'
import { ok, type Result } from '../../result.ts'
import { agreed } from '../../rrsets/index.ts'
import { apiSchema, type ZoneDocument } from '../../zone/index.ts'
import { isOlder } from '../publish/publish-plan.ts'
import type { ApiFile } from './api-file.ts'
import type { ApiClient } from './client.ts'
import type { Fault } from './fault.ts'
import { inTurns, type OnDone } from './in-turns.ts'
import { type ApiZone, listZones, readExpectations, readZone } from './zones.ts'

/** A file compared with the zone that the API has. */
export type Standing =
  | { readonly kind: 'new'; readonly file: ApiFile; readonly document: ZoneDocument }
  | {
      readonly kind: 'changed'
      readonly file: ApiFile
      /** The document to write: the file's, with what only the API keeps. */
      readonly document: ZoneDocument
      readonly etag: string
      readonly serial: number
      readonly tests: Tests
    }
  | { readonly kind: 'unchanged'; readonly file: ApiFile; readonly tests: Tests }

/** The tests beside the zone: those of the file are the same, or take the place of others, or of none. */
type Tests = { readonly kind: 'same' } | { readonly kind: 'changed'; readonly before: unknown }

export type Standings = {
  readonly files: readonly Standing[]
  /** Zones of the API that are not among the files. */
  readonly others: readonly ApiZone[]
}

/** Compares files with what the API has. It reads the zones whose text is not the same. */
export async function standingsOf(
  api: ApiClient,
  files: readonly ApiFile[],
  onDone: OnDone,
): Promise<Result<Standings, Fault>> {
  const list = await listZones(api)
  if (!list.ok) return list
  const there = new Map(list.value.map((zone) => [zone.origin, zone]))
  const standings = await inTurns(files, (file) => standingOf(api, file, there.get(file.origin)), onDone)
  if (!standings.ok) return standings
  const own = new Set(files.map(({ origin }) => origin))
  return ok({ files: standings.value, others: list.value.filter(({ origin }) => !own.has(origin)) })
}

async function standingOf(
  api: ApiClient,
  file: ApiFile,
  listed: ApiZone | undefined,
): Promise<Result<Standing, Fault>> {
  if (listed?.hash === file.hash) {
    const tests = file.expectations === undefined ? ok<Tests>({ kind: 'same' }) : await testsOf(api, file)
    return tests.ok ? ok({ kind: 'unchanged', file, tests: tests.value }) : tests
  }
  // The list may be a moment behind, also for a zone that it does not have.
  const read = await readZone(api, file.origin)
  if (!read.ok) return read
  if (read.value === undefined) return ok({ kind: 'new', file, document: file.document })
  const tests = await testsOf(api, file)
  if (!tests.ok) return tests
  const { document, etag } = read.value
  if (isSame(file.document, document)) return ok({ kind: 'unchanged', file, tests: tests.value })
  return ok({
    ...{ kind: 'changed', file, document: withApiOf(document, file.document) },
    ...{ etag, serial: serialOf(document), tests: tests.value },
  })
}

async function testsOf(api: ApiClient, { origin, expectations }: ApiFile): Promise<Result<Tests, Fault>> {
  const before = await readExpectations(api, origin)
  if (!before.ok) return before
  const after = expectations === undefined ? undefined : JSON.parse(expectations)
  return ok(isDeepStrictEqual(before.value, after) ? { kind: 'same' } : { kind: 'changed', before: before.value })
}

/**
 * Returns true if a file says what is served already. The Worker raises serials that did not grow, and a file without a
 * field `api` says nothing of what PowerDNS's API keeps: neither is a change that such a file makes.
 */
export function isSame(own: ZoneDocument, served: Readonly<Record<string, unknown>>): boolean {
  const serial = serialOf(served)
  if (own.soa.serial !== serial && !isOlder(own.soa.serial, serial)) return false
  const keepsApi = own.api !== undefined
  return isDeepStrictEqual(plain(JSON.parse(JSON.stringify(own)), keepsApi), plain(served, keepsApi))
}

function plain({ api, ...document }: Readonly<Record<string, unknown>>, keepsApi: boolean): unknown {
  const { soa } = document
  return {
    ...document,
    ...(keepsApi && { api }),
    soa: typeof soa === 'object' ? { ...soa, serial: 0 } : soa,
  }
}

/**
 * Returns the file's document with what PowerDNS's API keeps of the zone: its settings, comments, disabled records, and
 * spellings, as far as they agree with the records of the file. A file with a field `api` of its own has its say.
 */
function withApiOf({ api }: Readonly<Record<string, unknown>>, own: ZoneDocument): ZoneDocument {
  if (own.api !== undefined) return own
  const parsed = v.safeParse(apiSchema, api)
  return parsed.success ? agreed({ ...own, api: parsed.output }) : own
}

function serialOf({ soa }: Readonly<Record<string, unknown>>): number {
  const serial = typeof soa === 'object' && soa !== null && 'serial' in soa ? soa.serial : 0
  return typeof serial === 'number' ? serial : 0
}
