import { setTimeout as sleep } from 'node:timers/promises'
import type { Console } from '../console.ts'

/** The path of `wrangler dev` that runs the Worker's cron; `wrangler dev` never runs it by itself. */
const PATH = '/cdn-cgi/handler/scheduled?cron=*+*+*+*+*'

/** Exceeds the duration of the Worker's longest tick. */
const TIMEOUT_MS = 70_000

type Ticking = {
  readonly url: string
  /** Returns the milliseconds from one tick to the next. It is called at each tick. */
  readonly everyMs: () => number
  /** Called after each tick. */
  readonly onTick: () => Promise<void>
}

/** Runs the cron until `stopped`, one tick after the other. A failure is reported once, and so is its end. */
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
    if (why !== undefined && !trouble) console.err(`error: the cron could not run, so nothing is probed: ${why}`)
    if (why === undefined && trouble) console.out('the cron runs again')
    trouble = why !== undefined
    if (!trouble) await onTick()
    await sleep(Math.max(0, began + everyMs() - Date.now()), undefined, { signal: stopped }).catch(() => {})
  }
}

/** Runs the cron once, so that health is known before the first query. `driveCron` reports later failures. */
export const fireCron = (url: string, stopped: AbortSignal): Promise<string | undefined> => fire(url + PATH, stopped)

/** @returns the reason of a failure */
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
