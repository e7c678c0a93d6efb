import type { AliasQuestion } from '../aliases/index.ts'
import { parseName } from '../dns/index.ts'
import { logEvent } from '../events.ts'
import { addressType, findAddresses } from '../forward/index.ts'
import { MAX_ALIAS_REQUESTS_A_TICK } from '../limits.ts'
import type { WaitUntil } from '../store/index.ts'
import type { Env } from './env.ts'
import { snapshotFor } from './isolate.ts'
import { type Asking, isolateAsking } from './outside.ts'
import type { Settings } from './settings.ts'

/** The number of questions at once. Cloudflare lets an invocation have six connections. */
const AT_ONCE = { edge: 4, workerd: 20 } as const

/**
 * Milliseconds after which a name is asked for again, whatever its TTL: the cron runs every minute, or every second.
 */
const RECHECK_MS = { edge: 50_000, workerd: 5000 } as const

/** No question begins later in a tick, so that its answer is written before the next tick. */
const BEGIN_MS = 30_000

/** The time at which the current round began, in milliseconds since the epoch. */
let resolvingSince = 0

/** Asks upstream servers for the names outside the zones that ALIAS records lead to, and writes what has changed. */
export async function resolveAliases(env: Env, settings: Settings, waitUntil: WaitUntil): Promise<void> {
  const own = isolateAsking(env, settings)
  if (!own) return
  const began = Date.now()
  // One at a time in an isolate. A time that is ahead is one that a wrong clock gave.
  if (began >= resolvingSince && began - resolvingSince < 2 * BEGIN_MS) return
  const { aliases, complete } = await snapshotFor(env).conditions(began, waitUntil)
  if (aliases.length === 0) return
  resolvingSince = began
  try {
    if (!(await own.writer.load())) return
    const { platform, plan } = settings
    const most = MAX_ALIAS_REQUESTS_A_TICK[plan]
    const turn = Math.floor(began / RECHECK_MS[platform])
    const due = own.book.due(aliases, began, { recheckMs: RECHECK_MS[platform], most, turn })
    if (due.length > 0) await askAll(own, due, most, AT_ONCE[platform], waitUntil)
    const saved = await own.writer.save(complete ? aliases : undefined)
    if (saved !== 'kept') logEvent({ event: 'aliases-resolved', names: aliases.length, asked: due.length, saved })
  } finally {
    resolvingSince = 0
  }
}

async function askAll(
  own: Asking,
  due: readonly AliasQuestion[],
  most: number,
  atOnce: number,
  waitUntil: WaitUntil,
): Promise<void> {
  const waiting = [...due]
  const began = Date.now()
  own.sent = 0
  const worker = async (): Promise<void> => {
    while (own.sent < most && Date.now() - began < BEGIN_MS) {
      const question = waiting.shift()
      if (!question) return
      await ask(own, question, waitUntil)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, due.length) }, worker))
}

async function ask({ upstreams, book }: Asking, question: AliasQuestion, waitUntil: WaitUntil): Promise<void> {
  const name = parseName(question.name)
  if (!name.ok) return book.failed(question, name.error, Date.now())
  const found = await findAddresses(name.value, addressType(question.type), upstreams, waitUntil)
  if (found.ok) book.answered(question, found.value, Date.now())
  else book.failed(question, found.error, Date.now())
}
