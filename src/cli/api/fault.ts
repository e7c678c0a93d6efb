import { printable } from '../../printable.ts'
import { type Diagnostic, formatDiagnostic } from '../../zonefile/index.ts'
import type { Reply } from '../http-client.ts'
import { expectationsOf } from '../zones/folder.ts'

/** An error at a place of what was sent. Line and column count from 1. */
export type FaultAt = {
  readonly line: number
  readonly column: number
  readonly message: string
  /** The zone, if several were sent. */
  readonly zone?: string
  /** True for an error of the expectations beside the zone: its place is in those. */
  readonly isOfExpectations?: true
}

/** The reason why a call failed. `status` is undefined if there was no reply. */
export type Fault = {
  readonly status: number | undefined
  /** One sentence, safe for a terminal. */
  readonly why: string
  readonly errors: readonly FaultAt[]
  readonly attempts: number
}

/** The server that is called, as messages name what leads to it: its start, its option and its key. */
export type Peer = { readonly start: string; readonly option: string; readonly keyVariable: string }

export const WORKER: Peer = { start: 'start it with "npm start"', option: '--to', keyVariable: 'EDGE_GSLB_KEY' }

export const unreachable = (why: string, { start, option }: Peer): Fault => ({
  status: undefined,
  why: `${why}; ${start}, or correct ${option}`,
  errors: [],
  attempts: 1,
})

/** Reads an error reply: problem details (RFC 9457), the JSON of PowerDNS's API, or any text. */
export function faultOf(reply: Reply, where: string, peer: Peer): Fault {
  const why = printable(sentence(reply, where, peer))
  return { status: reply.status, why, errors: errorsOf(reply.body), attempts: 1 }
}

/** Returns the lines that tell a fault: those with places as `file:line:column: message`, then the sentence. */
export function faultLines(fault: Fault, file: string): string[] {
  return [...faultDiagnostics(fault, file).map(formatDiagnostic), `error: ${fault.why}`]
}

/** Returns the errors at places as those of a file. */
export const faultDiagnostics = ({ errors }: Pick<Fault, 'errors'>, file: string): Diagnostic[] =>
  errors.map(({ line, column, message, zone, isOfExpectations }) => {
    const at = zone ?? file
    return { file: isOfExpectations ? expectationsOf(at) : at, line, column, severity: 'error', message }
  })

function sentence(reply: Reply, where: string, { option, keyVariable }: Peer): string {
  const { status } = reply
  const detail = detailOf(reply)
  switch (status) {
    case 401:
      return `${where} rejects this key; expected one that it knows, in ${keyVariable}`
    case 403:
      return `${where} refuses this key: ${detail}`
    case 404:
      return `${where}: ${detail || 'there is no such thing; is it edge-gslb of this version?'}`
    case 412:
      return `somebody has changed it since it was read, or the zone is there already: ${detail}`
    case 429:
      return `${where} asks to wait: ${detail}`
    default:
      if (status >= 300 && status < 400)
        return `${where} redirects; expected ${option} with the address that it leads to`
      return `${where} answered with status ${status}: ${detail}`
  }
}

/** Returns what a reply says, in one line: `detail` and `title` of problem details, else `error`, else its text. */
function detailOf({ body, text, status }: Reply): string {
  if (isObject(body)) {
    const said = [body.detail, body.title, body.error].find((value) => typeof value === 'string' && value !== '')
    if (said !== undefined) return oneLine(said as string)
  }
  // A page of HTML is a proxy's, and says nothing to a reader of a terminal.
  return /^\s*</.test(text) ? `a page, and no reply of edge-gslb, with status ${status}` : oneLine(text)
}

const MOST = 2000

const oneLine = (text: string): string =>
  text
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .slice(0, MOST)

function errorsOf(body: unknown): FaultAt[] {
  const errors = isObject(body) ? body.errors : undefined
  return Array.isArray(errors) ? placedErrors(errors) : []
}

/** Reads `[{"line", "column", "message", "expected"}]`. Errors without a place are at the beginning. */
export function placedErrors(errors: readonly unknown[]): FaultAt[] {
  return errors.flatMap((error): FaultAt[] => {
    if (typeof error === 'string') return [{ line: 1, column: 1, message: error }]
    if (!isObject(error) || typeof error.message !== 'string') return []
    const { line, column, message, expected, zone, source } = error
    const fix = typeof expected === 'string' && expected !== '' ? `; expected ${expected}` : ''
    const more = {
      ...(typeof zone === 'string' && { zone }),
      ...(source === 'expectations' && { isOfExpectations: true as const }),
    }
    return [{ line: place(line), column: place(column), message: message + fix, ...more }]
  })
}

const place = (value: unknown): number => (Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : 1)

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
