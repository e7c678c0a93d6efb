import { err, ok, type Result } from '../../result.ts'
import type { ApiClient, Call } from './client.ts'
import { type Fault, type FaultAt, isObject, placedErrors } from './fault.ts'

/** A zone in the list of all. `origin` has the final dot. */
export type ApiZone = { readonly origin: string; readonly serial: number; readonly hash: string }

/** A zone as the API has it. */
export type ApiDocument = { readonly document: Readonly<Record<string, unknown>>; readonly etag: string }

/** A version that a write has made. `published` is undefined if KV is to have it in a moment. */
export type ApiWritten = {
  readonly origin: string
  readonly serial: number
  readonly hash: string
  readonly published: string | undefined
}

/** The findings of a check. */
type ApiChecked = { readonly errors: readonly FaultAt[]; readonly warnings: readonly FaultAt[] }

/** A change in the history of a zone. Times are ISO 8601. */
export type ApiChange = {
  readonly id: number
  readonly time: string
  readonly author: string
  readonly reason: string | undefined
  readonly serial: number | undefined
  /** Undefined for a deletion. */
  readonly hash: string | undefined
}

/** `diff` is undefined if there are too many differences to tell. */
export type ApiPast = ApiChange & { readonly diff: string | undefined }

const ZONES = '/api/v1/zones'
const JSON_TYPE = { 'Content-Type': 'application/json' }

/** Returns the path of a zone. URLs drop a segment ".", so the root is written as PowerDNS does. */
export const zonePath = (origin: string): string => `${ZONES}/${origin === '.' ? '=2E' : encodeURIComponent(origin)}`

/** Returns all zones, in the order of the API. */
export async function listZones(api: ApiClient): Promise<Result<readonly ApiZone[], Fault>> {
  const list = await read(api, { path: ZONES }, (body) =>
    isObject(body) && Array.isArray(body.zones) && body.zones.every(isZone) ? body.zones : undefined,
  )
  return list.ok ? ok(list.value.map(({ origin, serial, hash }) => ({ origin: dotted(origin), serial, hash }))) : list
}

/** Returns a zone, or undefined if there is none. */
export async function readZone(api: ApiClient, origin: string): Promise<Result<ApiDocument | undefined, Fault>> {
  const answered = await api.call({ path: zonePath(origin), headers: { Accept: 'application/json' } })
  if (!answered.ok) return isMissing(answered.error) ? ok(undefined) : answered
  const { body, header } = answered.value.reply
  const etag = header('etag')
  if (!isObject(body) || etag === undefined) return err(strange(api, zonePath(origin)))
  return ok({ document: body, etag })
}

/** The state that a zone is in before it is written: its ETag, or undefined for a new zone. */
export type Before = string | undefined

/** Writes a zone, if it is in the state before. @param document its JSON */
export async function putZone(
  api: ApiClient,
  origin: string,
  document: string,
  before: Before,
  reason: string | undefined,
): Promise<Result<ApiWritten, Fault>> {
  const condition: Readonly<Record<string, string>> =
    before === undefined ? { 'If-None-Match': '*' } : { 'If-Match': before }
  const headers = { ...JSON_TYPE, ...condition, ...reasonHeader(reason) }
  return read(api, { method: 'PUT', path: zonePath(origin), headers, body: document }, writtenOf)
}

/** Removes a zone, if it is in the state before. A zone that is gone already is no fault. */
export async function deleteZone(
  api: ApiClient,
  origin: string,
  before: string,
  reason: string | undefined,
): Promise<Result<true, Fault>> {
  const headers = { 'If-Match': before, ...reasonHeader(reason) }
  const answered = await api.call({ method: 'DELETE', path: zonePath(origin), headers })
  return answered.ok || isMissing(answered.error) ? ok(true) : answered
}

/** A text with its media type. */
export type Sent = { readonly type: 'application/json' | 'text/dns'; readonly text: string }

/** Has a zone checked. Nothing is written. */
export async function checkZone(
  api: ApiClient,
  origin: string,
  { type, text }: Sent,
): Promise<Result<ApiChecked, Fault>> {
  const headers = { 'Content-Type': type }
  return read(api, { method: 'POST', isSafe: true, path: `${zonePath(origin)}/check`, headers, body: text }, (body) => {
    if (!isObject(body) || !Array.isArray(body.errors) || !Array.isArray(body.warnings)) return undefined
    return { errors: placedErrors(body.errors), warnings: placedErrors(body.warnings) }
  })
}

const expectationsPath = (origin: string): string => `${zonePath(origin)}/expectations`

/** Returns the tests beside a zone; undefined if there are none. */
export async function readExpectations(api: ApiClient, origin: string): Promise<Result<unknown, Fault>> {
  const answered = await api.call({ path: expectationsPath(origin), headers: { Accept: 'application/json' } })
  if (answered.ok) return ok(answered.value.reply.body)
  return isMissing(answered.error) ? ok(undefined) : answered
}

/** Writes the tests beside a zone, or removes them. @param text their JSON; undefined removes them */
export async function putExpectations(
  api: ApiClient,
  origin: string,
  text: string | undefined,
  reason: string | undefined,
): Promise<Result<true, Fault>> {
  const path = expectationsPath(origin)
  const call: Call =
    text === undefined
      ? { method: 'DELETE', path, headers: reasonHeader(reason) }
      : { method: 'PUT', path, headers: { ...JSON_TYPE, ...reasonHeader(reason) }, body: text }
  const answered = await api.call(call)
  return answered.ok || (text === undefined && isMissing(answered.error)) ? ok(true) : answered
}

/** Returns the changes that are kept, the newest first. */
export const readHistory = (api: ApiClient, origin: string): Promise<Result<readonly ApiChange[], Fault>> =>
  read(api, { path: `${zonePath(origin)}/history` }, (body) => {
    if (!isObject(body) || !Array.isArray(body.changes)) return undefined
    const changes = body.changes.map(changeOf)
    return changes.includes(undefined) ? undefined : (changes as ApiChange[])
  })

/** Returns one change, as the API has it, and read. */
export const readPast = (
  api: ApiClient,
  origin: string,
  id: number,
): Promise<Result<{ readonly past: ApiPast; readonly json: unknown }, Fault>> =>
  read(api, { path: `${zonePath(origin)}/history/${id}` }, (body) => {
    const change = changeOf(body)
    if (!change || !isObject(body)) return undefined
    return { past: { ...change, diff: typeof body.diff === 'string' ? body.diff : undefined }, json: body }
  })

/** Makes an earlier version the newest again. */
export const rollBack = (
  api: ApiClient,
  origin: string,
  to: number,
  reason: string | undefined,
): Promise<Result<ApiWritten, Fault>> => {
  const body = JSON.stringify({ to, ...(reason !== undefined && { reason }) })
  const headers = { ...JSON_TYPE, ...reasonHeader(reason) }
  return read(api, { method: 'POST', path: `${zonePath(origin)}/rollback`, headers, body }, writtenOf)
}

/** Calls, and reads the body of the reply. */
export async function read<T>(
  api: ApiClient,
  call: Call,
  parse: (body: unknown) => T | undefined,
): Promise<Result<T, Fault>> {
  const answered = await api.call(call)
  if (!answered.ok) return answered
  const value = parse(answered.value.reply.body)
  return value === undefined ? err(strange(api, call.path)) : ok(value)
}

const strange = (api: ApiClient, path: string): Fault => ({
  status: 200,
  why: `${api.where} did not answer ${path} as edge-gslb of this version does`,
  errors: [],
  attempts: 1,
})

const isMissing = ({ status }: Fault): boolean => status === 404

/** Header values are octets (RFC 9110 §5.5). Workers read UTF-8; a line feed would end the header. */
const reasonHeader = (reason: string | undefined): Readonly<Record<string, string>> =>
  reason === undefined ? {} : { 'X-Reason': Buffer.from(reason.replace(/\p{Cc}+/gu, ' '), 'utf8').toString('latin1') }

const dotted = (origin: string): string => (origin.endsWith('.') ? origin : `${origin}.`)

const isZone = (value: unknown): value is ApiZone =>
  isObject(value) &&
  typeof value.origin === 'string' &&
  typeof value.serial === 'number' &&
  typeof value.hash === 'string'

function writtenOf(body: unknown): ApiWritten | undefined {
  if (!isZone(body)) return undefined
  const { origin, serial, hash } = body
  const published = 'published' in body ? body.published : undefined
  return { origin: dotted(origin), serial, hash, published: typeof published === 'string' ? published : undefined }
}

function changeOf(value: unknown): ApiChange | undefined {
  if (!isObject(value)) return undefined
  const { id, time, author, reason, serial, hash } = value
  if (typeof id !== 'number' || typeof time !== 'string' || typeof author !== 'string') return undefined
  return {
    id,
    time,
    author,
    reason: typeof reason === 'string' ? reason : undefined,
    serial: typeof serial === 'number' ? serial : undefined,
    hash: typeof hash === 'string' ? hash : undefined,
  }
}
