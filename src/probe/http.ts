import { type HttpAction, type Probe, probeBlocker } from '../health/index.ts'
import { parseAddress } from '../net/index.ts'
import type { Attempt } from './attempt.ts'
import { type BodyReaderOf, Content } from './content.ts'
import { askBySocket } from './exchange.ts'
import { askByFetch } from './fetched.ts'
import type { Hop } from './judge.ts'
import { MAX_REDIRECTS } from './limits.ts'
import { follow } from './redirect.ts'
import { withOneHost } from './request.ts'
import { failed, notRun, type Verdict } from './verdict.ts'

/** Makes a request, and further ones for redirects. Each hop is a probe like the first, for another URL. */
export async function askHttp(
  first: Probe,
  action: HttpAction,
  attempt: Attempt,
  readerOf: BodyReaderOf = Content.of,
): Promise<Verdict> {
  const start: Hop = { ...first, action: withOneHost(action) }
  const seen = new Set<string>()
  for (let hop = start; ; ) {
    const { method, host, path, kind } = hop.action
    const url = `${method} ${kind} ${host} ${hop.port} ${path}`
    if (seen.has(url)) return failed('redirected in a loop')
    seen.add(url)
    const answer = canFetch(hop, attempt)
      ? await askByFetch(hop, attempt, readerOf)
      : await askBySocket(hop, attempt, readerOf)
    if ('outcome' in answer) return answer
    if (seen.size > MAX_REDIRECTS) return failed(`redirected more than ${MAX_REDIRECTS} times`)
    const next = follow(answer, hop, start)
    if (!next.ok) return failed(next.error)
    const why = probeBlocker(next.value, attempt.io.platform)
    if (why !== undefined) return notRun(`redirected to a URL that cannot be probed: ${why}`)
    hop = next.value
  }
}

/** Returns true if fetch can make the hop: it connects to the name in the URL, and uses it for SNI, TLS and Host. */
function canFetch({ host, port, action }: Hop, { io }: Attempt): boolean {
  const named = !parseAddress(host).ok && action.serverName === host
  const hostHeader = port === 443 ? host : `${host}:${port}`
  return io.fetch !== undefined && action.kind === 'https' && named && action.host.toLowerCase() === hostHeader
}
