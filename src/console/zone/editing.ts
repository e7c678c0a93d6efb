import type { Plan } from '../../explain/index.ts'
import { err, ok, type Result } from '../../result.ts'
import type { ZoneDocument } from '../../zone/index.ts'
import { exportWarnings, exportZone } from '../../zonefile/index.ts'
import type { ApiFault, Visit } from '../visit.ts'
import { apiPath } from './paths.ts'

/** The forms in which a zone is edited. */
export type EditForm = 'zone' | 'json'

export const MEDIA_TYPES: Readonly<Record<EditForm, string>> = { zone: 'text/dns', json: 'application/json' }

/** The newest version of a zone. */
export type Present = {
  /** The entity tag of this version, in its quotes. */
  readonly etag: string
  readonly document: ZoneDocument
}

export async function presentOf(visit: Visit, zone: string): Promise<Result<Present, ApiFault>> {
  const reply = await visit.api(apiPath(zone), { headers: { Accept: MEDIA_TYPES.json } })
  if (!reply.ok) return err(await faultIn(reply))
  return ok({ etag: reply.headers.get('etag') ?? '', document: (await reply.json()) as ZoneDocument })
}

/** A zone as a text in one form. */
export type ZoneText = {
  readonly form: EditForm
  readonly text: string
  /** Tells what a zone file lacks, or says otherwise; a document lacks nothing. */
  readonly lost: readonly string[]
}

/**
 * Writes a zone in a form, or in the one in which everything of it can be said.
 * A zone file is written where it is asked for, or may be that form: one of 10,000 names takes long to write.
 */
export function textOf(document: ZoneDocument, form?: EditForm): ZoneText {
  if (form === 'json' || (form === undefined && hasNames(document))) return asJson(document)
  const { text, lost: left } = exportZone(document)
  const lost = [...left, ...exportWarnings(document)]
  return form === undefined && lost.length > 0 ? asJson(document) : { form: 'zone', text, lost }
}

const asJson = (document: ZoneDocument): ZoneText => ({ form: 'json', text: jsonText(document), lost: [] })

/** Returns the form in which everything of a zone can be said, as its author would. */
export const usualForm = (document: ZoneDocument): EditForm =>
  hasNames(document) || exportWarnings(document).length > 0 || exportZone(document).lost.length > 0 ? 'json' : 'zone'

/** Names of checks and maps have no place in a zone file, although its records can say what they are. */
export const hasNames = ({ checks, maps }: ZoneDocument): boolean => checks !== undefined || maps !== undefined

export const jsonText = (document: unknown): string => `${JSON.stringify(document, null, 2)}\n`

/** A finding of a check, with its place in the text. Line and column count from 1. */
export type Found = {
  readonly line: number
  readonly column: number
  readonly message: string
  readonly expected: string
  readonly severity?: 'warning' | 'advice'
  /** Set for an error of the tests beside the zone: its place is in those. */
  readonly source?: 'expectations'
}

/** The body of `POST …/check`. */
export type Checked = { readonly ok: boolean; readonly errors: readonly Found[]; readonly warnings: readonly Found[] }

export const checkOf = (visit: Visit, zone: string, form: EditForm, text: string): Promise<Result<Checked, ApiFault>> =>
  visit.read<Checked>(apiPath(zone, 'check'), {
    method: 'POST',
    headers: { 'Content-Type': MEDIA_TYPES[form] },
    body: text,
  })

/** A zone as `POST /api/v1/plan` takes it. Null: the zone goes. */
type PlannedZone = { readonly zoneFile: string } | { readonly document: unknown } | null

export const plannedOf = (form: EditForm, text: string): PlannedZone =>
  form === 'zone' ? { zoneFile: text } : { document: JSON.parse(text) as unknown }

export const planOf = (visit: Visit, zone: string, planned: PlannedZone): Promise<Result<Plan, ApiFault>> =>
  visit.read<Plan>('/api/v1/plan', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ zones: { [zone === '.' ? '=2E' : zone]: planned }, health: 'current' }),
  })

/** The body of a change that was made. */
export type Written = { readonly serial: number }

/** Sends a change; if the zone is no longer what it went out from, the reply is a fault of the status 412. */
export async function send(
  visit: Visit,
  path: string,
  init: {
    readonly method: string
    readonly type: string
    readonly body: string
    readonly etag: string
    readonly reason: string
  },
): Promise<Result<Written, ApiFault>> {
  const { method, type, body, etag, reason } = init
  const headers: Record<string, string> = { 'Content-Type': type }
  // A new or a deleted zone has no version to go out from: it must not be there meanwhile.
  if (etag === '') headers['If-None-Match'] = '*'
  else headers['If-Match'] = etag
  if (reason !== '') headers['X-Reason'] = reason
  const reply = await visit.api(path, { method, headers, body })
  return reply.ok ? ok((await reply.json()) as Written) : err(await faultIn(reply))
}

async function faultIn(reply: Response): Promise<ApiFault> {
  const text = await reply.text()
  try {
    return { status: reply.status, why: (JSON.parse(text) as { readonly error: string }).error }
  } catch {
    return { status: reply.status, why: text }
  }
}

/** Returns the text of a form's field as it was typed: browsers send line ends as CRLF. */
export const textIn = (form: URLSearchParams, field: string): string => (form.get(field) ?? '').replaceAll('\r\n', '\n')

/** Returns a line of text for the history: no header has control characters. */
export const reasonIn = (form: URLSearchParams): string =>
  (form.get('reason') ?? '')
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 500)

/**
 * Returns the entity tag of the version that a form goes out from: empty for a zone that is not there.
 * @returns undefined if the form names no version
 */
export function baseIn(form: URLSearchParams): string | undefined {
  const etag = form.get('etag') ?? undefined
  return etag === '' || (etag !== undefined && isTag(etag)) ? etag : undefined
}

/** True for an entity tag as the API gives it. */
export const isTag = (text: string): boolean => /^"[\w.-]{1,200}"$/.test(text)
