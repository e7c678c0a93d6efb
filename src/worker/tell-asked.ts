import { logEvent } from '../events.ts'
import type { AskedCheck } from '../health/index.ts'
import { AskedTeller, type WaitUntil } from '../store/index.ts'
import { askedObject } from './asked-object.ts'
import type { Env } from './env.ts'

/** The isolate's own, made once: it tells the checks that its answers met. */
const teller = new AskedTeller({ log: logEvent })

/** Tells the checks that an answer met, behind the answer. */
export function tellAsked(asked: readonly AskedCheck[], env: Env, now: number, waitUntil: WaitUntil): void {
  teller.meet(asked, now, async (texts) => askedObject(env).tell(texts), waitUntil)
}
