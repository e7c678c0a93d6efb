import { setTimeout as sleep } from 'node:timers/promises'
import type { Console } from '../console.ts'

/** Where `wrangler dev` lets the Worker's cron be fired; by itself it fires none. */
const PATH = '/cdn-cgi/handler/scheduled?cron=*+*+*+*+*'

/** Longer than a tick of the Worker takes. */
const TIMEOUT_MS = 70_000

export type Ticking = {
  readonly url: string
  /** Milliseconds from one tick to the next, asked anew each time. */
  readonly everyMs: () => number
  /** After each tick. */
  readonly onTick: () => Promise<void>
}

/** Fires the cron until `stopped`, one tick after the other. Trouble is told once, and so is its end. */
export async function driveCron(
  { url, everyMs, onTick }: Ticking,
  stopped: AbortSignal,
  console: Console,
): Promise<void> {
  let trouble = false
  while (!stopped.aborted) {
    const began = Date.now()
    const why = await fire(url + PATH, stopped)
    if (stopped.aborted) return
    if (why !== undefined && !trouble) console.err(`error: the cron could not be fired, so nothing is probed: ${why}`)
    if (why === undefined && trouble) console.out('the cron fires again')
    trouble = why !== undefined
    if (!trouble) await onTick()
    await sleep(Math.max(0, began + everyMs() - Date.now()), undefined, { signal: stopped }).catch(() => {})
  }
}

/** Fires it once, for what has to be known before anybody asks; failures are told by `driveCron`. */
export const fireCron = (url: string, stopped: AbortSignal): Promise<string | undefined> => fire(url + PATH, stopped)

/** @returns why it failed */
async function fire(url: string, stopped: AbortSignal): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([stopped, AbortSignal.timeout(TIMEOUT_MS)]) })
    const text = await response.text()
    return response.ok ? undefined : `status ${response.status}: ${text.slice(0, 200)}`
  } catch (error) {
    const { message, cause } = error as Error
    return cause instanceof Error ? cause.message : message
  }
}
