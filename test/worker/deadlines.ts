/**
 * Deadlines in these tests run out when a test says so, and never because the machine is slow. Timers of 1.5 s and more
 * are deadlines of KV and of ticks; shorter ones are pauses, which run as they always do.
 */
const SHORTEST_MS = 1500

type Deadline = { readonly at: number; readonly run: () => void }

const { setTimeout: start, clearTimeout: stop } = globalThis
const waiting = new Map<unknown, Deadline>()
let now = 0

Object.assign(globalThis, {
  setTimeout(run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): unknown {
    if (ms < SHORTEST_MS) return start(run, ms, ...args)
    const timer = {}
    waiting.set(timer, { at: now + ms, run: () => run(...args) })
    return timer
  },
  clearTimeout(timer: unknown): void {
    if (!waiting.delete(timer)) stop(timer as number)
  },
})

/** Forgets what waits. */
export function forgetDeadlines(): void {
  waiting.clear()
  now = 0
}

/** Advances time to the next deadline, and runs timers that are due. @returns the milliseconds until then */
export function passNextDeadline(): number {
  const next = Math.min(...Array.from(waiting.values(), ({ at }) => at))
  if (next === Number.POSITIVE_INFINITY) throw new Error('nothing waits for a deadline')
  const passed = next - now
  now = next
  for (const [timer, { at, run }] of [...waiting]) {
    if (at > now) continue
    waiting.delete(timer)
    run()
  }
  return passed
}

/** Runs work that may wait for deadlines. Each deadline passes when the work has not ended for a while. */
export async function passingDeadlines<T>(work: Promise<T> | T): Promise<T> {
  let isDone = false
  const done = Promise.resolve(work).finally(() => {
    isDone = true
  })
  while (!isDone) {
    for (let look = 0; look < QUIET_LOOKS && !isDone; look++) {
      await Promise.race([done, new Promise((resolve) => start(resolve, LOOK_MS))]).catch(() => undefined)
    }
    if (!isDone && waiting.size > 0) passNextDeadline()
  }
  return done
}

/** Uses many short waits instead of a long one: a pause of the machine delays only one of them. */
const QUIET_LOOKS = 50
const LOOK_MS = 10
