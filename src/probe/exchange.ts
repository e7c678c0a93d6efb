import { type Attempt, isVerdict } from './attempt.ts'
import type { BodyReaderOf } from './content.ts'
import { type Hop, judge } from './judge.ts'
import { type Head, Reply } from './reply.ts'
import { formatRequest } from './request.ts'
import { failed, notRun, type Verdict } from './verdict.ts'

/** Makes an HTTP/1.1 exchange over a socket, since no client on Workers lets us choose address and Host header. */
export async function askBySocket(hop: Hop, attempt: Attempt, readerOf: BodyReaderOf): Promise<Verdict | Head> {
  const { action } = hop
  const request = formatRequest(action)
  if (!request) return notRun('a header has a name that HTTP does not allow')
  const created = await readerOf(action)
  if (!created.ok) return notRun(created.error)
  const content = created.value
  const tls = action.kind === 'https' ? { serverName: action.serverName, verify: action.verify } : undefined
  const wire = await attempt.open(hop, tls)
  if (isVerdict(wire)) return wire
  attempt.stage = () => 'waiting for the status'
  // A peer that closes the connection during the request may have replied before.
  await wire.write(request)
  const reply = new Reply(action.method, (octets) => content.add(octets))
  try {
    for (let judged = false; ; ) {
      const octets = await wire.read()
      if (typeof octets === 'string') reply.end()
      else reply.push(octets)
      if (reply.head && !judged) {
        const verdict = judge(reply.head, action)
        if (verdict) return verdict
        attempt.stage = () => 'reading the body'
        judged = true
      }
      if (judged && (reply.complete || content.settled)) return content.verdict()
      if (reply.broken) return failed(reply.broken)
      if (typeof octets === 'string') {
        const how = octets === 'end' ? 'closed' : 'connection lost'
        return failed(judged ? `${how} before the end of the body` : `${how} before a status`)
      }
    }
  } finally {
    wire.close()
  }
}
