import { logEvent } from '../events.ts'
import {
  answerBeyond,
  answerLocally,
  designatedResolver,
  type Forwarded,
  Forwarder,
  type Forwarding,
} from '../forward/index.ts'
import { problem, type QueryRequest, writeResponse } from '../http/index.ts'
import { MAX_FORWARD_CACHE_BYTES } from '../limits.ts'
import type { Forwarding as ForwardingNow } from '../metrics/index.ts'
import { believes, formatPrefix, maskAddress } from '../net/index.ts'
import type { WaitUntil } from '../store/query-path.ts'
import { admits, type Client, type Reply } from '../zone/query-path.ts'
import type { Env } from './env.ts'
import { type ForwardSettings, forwardSettingsOf } from './forward-settings.ts'
import { isolateSettings } from './isolate.ts'
import { upstreamIo } from './upstream-io.ts'

/** The isolate's own, made with the first query that needs it. */
let isolate: { readonly settings: ForwardSettings; readonly forwarding: Forwarding } | undefined

function isolateForwarding(env: Env): NonNullable<typeof isolate> {
  if (isolate) return isolate
  const settings = forwardSettingsOf(env)
  for (const why of settings.problems) logEvent({ event: 'bad-setting', why })
  const { name, passing, upstreams } = settings
  const { path, platform } = isolateSettings(env).endpoint
  const designated = name && designatedResolver({ name, path, platform })
  const forwarder = new Forwarder(upstreams, upstreamIo)
  isolate = { settings, forwarding: { forwarder, passing, designated, clock: Date.now } }
  return isolate
}

/** Returns the state of this isolate's forwarder; undefined while it forwards nothing. */
export function forwardingNow(env: Env): ForwardingNow | undefined {
  const { settings, forwarding } = isolateForwarding(env)
  const { forwarder } = forwarding
  if (settings.upstreams.length === 0) return undefined
  return { bytes: forwarder.cache.bytes, maxBytes: MAX_FORWARD_CACHE_BYTES, upstreams: forwarder.upstreamStates() }
}

/**
 * Writes the response to a query that our zones do not answer to the end: by names that are answered here, or through
 * the upstreams, if recursion is desired, and forwarding is on for the client. Where it is on all replies say so (RA).
 * @param now milliseconds since the epoch, when the query came
 */
export function respondBeyond(
  answered: Reply,
  read: QueryRequest,
  env: Env,
  now: number,
  waitUntil: WaitUntil,
): Response | Promise<Response> {
  const { settings, forwarding } = isolateForwarding(env)
  const { client } = read
  const isOn = settings.upstreams.length > 0 && admits(settings.to, client)
  const { beyond: name, query: sent } = answered
  const { question } = sent
  const write = (reply: Reply): Response => {
    // Clients who want signatures may share a message, and forwarding may not be for all of them.
    const message = isOn && reply.asker?.dnssecOk ? reply.message.slice() : reply.message
    if (isOn) message[3] = (message[3] as number) | RECURSION_AVAILABLE
    return writeResponse({ ...reply, message, shareable: reply.shareable && !client.isConnectionRead }, read)
  }
  if (!name || !question) return write(answered)
  const edns =
    sent.edns?.ecs && !believes(isolateSettings(env).clientSubnet, client)
      ? { ...sent.edns, ecs: undefined }
      : sent.edns
  const query = { ...sent, edns }
  const beyond = { query, question, name, own: answered.response, needsContent: read.format.kind !== 'message' }
  const put = (forwarded: Forwarded): Response => write({ ...answered, query, ...forwarded })
  const local = answerLocally(beyond, forwarding.designated)
  if (local) return put(local)
  if (!isOn || !query.recursionDesired) return write(answered)
  const forward = (): Response | Promise<Response> => {
    const forwarded = answerBeyond(beyond, forwarding, now, waitUntil)
    return forwarded instanceof Promise ? forwarded.then(put) : put(forwarded)
  }
  const { FORWARD_LIMIT: limit } = env
  if (!limit) return forward()
  return isWithin(limit, limitKey(client)).then((within) => (within ? forward() : tooMany()))
}

/** A limit that does not answer holds up nobody: queries have no more time than that of their answer. */
async function isWithin(limit: NonNullable<Env['FORWARD_LIMIT']>, key: string): Promise<boolean> {
  let stop = (): void => {}
  const late = new Promise<boolean>((resolve) => {
    stop = upstreamIo.timer(LIMIT_MS, () => resolve(true))
  })
  const told = (async () => (await limit.limit({ key })).success)().catch(() => true)
  try {
    return await Promise.race([told, late])
  } finally {
    stop()
  }
}

const LIMIT_MS = 500

const RECURSION_AVAILABLE = 0x80

/**
 * A token counts from wherever it is used. A host has a network of IPv6, and may change its address in it with each
 * query.
 */
function limitKey(client: Client): string {
  const { token } = client
  if (token !== undefined) return `token:${token}`
  const { connection } = client
  return formatPrefix(maskAddress(connection, connection.family === 1 ? 32 : 64))
}

const tooMany = (): Response =>
  problem(429, 'too many queries for names outside the zones served here; expected fewer', { 'Retry-After': '10' })
