import { buildQuery, parseName, Question, type Rrset, TYPE } from '../dns/index.ts'
import { err, ok, type Result } from '../result.ts'
import { checkReply } from './check-reply.ts'
import { exchange, type Fetch } from './exchange.ts'
import type { Timer } from './io.ts'
import { readReply } from './read-reply.ts'

/** A DS record. `digest` is in upper case. */
type DsRecord = {
  readonly tag: number
  readonly algorithm: number
  readonly digestType: number
  readonly digest: string
}

/**
 * Asks DoH servers, one after the other, for the DS records of a zone: those of its parent (RFC 4035 §3.1.4.1).
 * @param origin with or without the final dot
 */
export async function askDs(
  urls: readonly string[],
  origin: string,
  io: { readonly fetch: Fetch; readonly timer: Timer },
): Promise<Result<readonly DsRecord[]>> {
  const name = parseName(origin.endsWith('.') ? origin : `${origin}.`)
  if (!name.ok) return name
  let failed: Result<never> = err('there is no upstream server')
  const message = buildQuery({ name: name.value, type: TYPE.DS, edns: true })
  const question = new Question(message, HEADER_BYTES + name.value.wire.length)
  for (const url of urls) {
    const octets = await exchange(url, message, io)
    const reply = octets.ok ? readReply(octets.value) : octets
    if (!reply.ok) {
      failed = err(typeof reply.error === 'string' ? reply.error : reply.error.why)
      continue
    }
    const checked = checkReply(reply.value, question)
    if (checked.ok) return ok(checked.value.answer.filter(({ type }) => type === TYPE.DS).flatMap(recordsOf))
    failed = err(checked.error)
  }
  return failed
}

const HEADER_BYTES = 12

/** RFC 4034 §5.1. */
const recordsOf = ({ rdatas }: Rrset): DsRecord[] =>
  rdatas.flatMap(({ bytes }) => {
    const [high, low, algorithm, digestType] = bytes
    if (high === undefined || low === undefined || algorithm === undefined || digestType === undefined) return []
    const digest = Array.from(bytes.subarray(4), (octet) => octet.toString(16).padStart(2, '0')).join('')
    return [{ tag: high * 256 + low, algorithm, digestType, digest: digest.toUpperCase() }]
  })
