import { CLASS, keyOf, parseName, ROOT, rcodeName, TYPE, typeName } from '../dns/index.ts'
import { readReply } from '../forward/read-reply.ts'
import type { DnsAction } from '../health/index.ts'
import { failed, OK, short, type Verdict } from './verdict.ts'

/** Judges a reply, whose octets may be anything. */
export function judgeReply(message: Uint8Array, action: DnsAction): Verdict {
  const read = readReply(message)
  if (!read.ok) return failed(read.error)
  const { question, rcode, answer } = read.value
  if (question.key !== keyOfName(action.name) || question.type !== action.type || question.class !== CLASS.IN)
    return failed('the reply is to another question')
  if (rcode !== action.rcode) return failed(`rcode ${rcodeName(rcode)}, expected ${rcodeName(action.rcode)}`)
  if (rcode !== 0) return OK
  const found = answer.filter(({ type }) => type === action.type).flatMap(({ rdatas }) => rdatas)
  if (found.length === 0) return failed(`no ${typeName(action.type)} record in the answer`)
  const folded = (text: string): string => (OF_NAMES.has(action.type) ? text.toLowerCase() : text)
  const texts = new Set(found.map(({ text }) => folded(text)))
  const missing = action.answer?.find((wanted) => !texts.has(folded(wanted)))
  if (missing === undefined) return OK
  return failed(`${short(missing, 40)} is not in the answer, which has ${found[0]?.text}`)
}

/** Types whose data is names and numbers alone: names are equal in any case (RFC 4343 §3). */
const OF_NAMES: ReadonlySet<number> = new Set([
  ...[TYPE.NS, TYPE.CNAME, TYPE.SOA, TYPE.PTR, TYPE.MX, TYPE.SRV, TYPE.DNAME, TYPE.KX, TYPE.AFSDB, TYPE.RP],
])

const keyOfName = (text: string): string | undefined => {
  const name = parseName(text, ROOT)
  return name.ok ? keyOf(name.value.wire, 0, name.value.wire.length) : undefined
}

/** Returns the ID of a message; -1 if it has none. */
export const idOf = ([high, low]: Uint8Array): number =>
  high === undefined || low === undefined ? -1 : (high << 8) | low

/** Returns true if a reply says that it does not fit its transport. */
export const isTruncated = (message: Uint8Array): boolean => ((message[2] ?? 0) & 0x02) !== 0
