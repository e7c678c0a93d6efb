import type { Attempt } from './attempt.ts'
import type { BodyReader, BodyReaderOf } from './content.ts'
import type { FetchReply } from './io.ts'
import { type Hop, judge } from './judge.ts'
import type { Head } from './reply.ts'
import { headersOf } from './request.ts'
import { failed, notRun, type Verdict } from './verdict.ts'

/** Makes an HTTPS request by the platform's fetch, which does not report if the connection, TLS or HTTP failed. */
export async function askByFetch(hop: Hop, attempt: Attempt, readerOf: BodyReaderOf): Promise<Verdict | Head> {
  const { action } = hop
  const { fetch } = attempt.io
  if (!fetch) throw new Error('there is no fetch')
  const content = await readerOf(action)
  if (!content.ok) return notRun(content.error)
  attempt.begin()
  const stop = new AbortController()
  attempt.closeAtEnd(() => stop.abort())
  attempt.stage = () => 'waiting for the status'
  const fetched = await fetch(`https://${action.host}${action.path}`, {
    method: action.method,
    headers: Object.fromEntries(headersOf(action, 'for fetch')),
    redirect: 'manual',
    cache: 'no-store',
    signal: stop.signal,
  })
  if (!fetched.ok) return attempt.explain(fetched.error, hop, action.verify, 'TLS or HTTP')
  const reply = fetched.value
  try {
    const verdict = judge(reply, action)
    if (!verdict) return await readBody(reply, content.value, attempt)
    // The platform uses these statuses for a certificate that it does not accept.
    const certificate = 'outcome' in verdict && verdict.outcome === 'failed' && CERTIFICATE.has(reply.status)
    return certificate && !action.verify
      ? notRun(`status ${reply.status}, maybe by the certificate: Workers verify it`)
      : verdict
  } finally {
    reply.close()
  }
}

/** See https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/ */
const CERTIFICATE = new Set([525, 526])

async function readBody(reply: FetchReply, content: BodyReader, attempt: Attempt): Promise<Verdict> {
  attempt.stage = () => 'reading the body'
  while (!content.settled) {
    const octets = await reply.read()
    if (octets === 'lost') return failed('connection lost before the end of the body')
    if (octets === 'end') return content.verdict()
    content.add(octets)
  }
  return content.verdict()
}
