import type { Console } from '../console.ts'

/**
 * Shows the progress of long work. On a terminal it rewrites one line in place; elsewhere it writes a line at
 * intervals. It shows nothing for work that ends quickly or in one step.
 */
export class Progress {
  private readonly started: number
  private last = 0
  private shown = false
  private readonly what: string
  private readonly console: Console
  private readonly clock: () => number

  /** @param clock milliseconds */
  constructor(what: string, console: Console, clock: () => number = Date.now) {
    this.what = what
    this.console = console
    this.clock = clock
    this.started = clock()
  }

  readonly update = (done: number, of: number): void => {
    const now = this.clock()
    const { rewrite, err } = this.console
    if (done === of && !this.shown) return
    if (now - this.started < QUIET_MS || now - this.last < (rewrite ? TERMINAL_MS : PLAIN_MS)) return
    this.last = now
    this.shown = true
    const line = `${this.what}: ${done} of ${of} (${Math.floor((100 * done) / of)} %)`
    if (rewrite) rewrite(line)
    else err(line)
  }

  /** Clears the line, so that the next output starts on an empty line. */
  end(): void {
    if (this.shown) this.console.rewrite?.('')
  }
}

const QUIET_MS = 500
const TERMINAL_MS = 100
const PLAIN_MS = 2000

/** Waits for one long step, and shows on a terminal for how long. */
export async function waiting<T>(what: string, { rewrite }: Console, step: Promise<T>): Promise<T> {
  if (!rewrite) return step
  const started = Date.now()
  let isShown = false
  const timer = setInterval(() => {
    isShown = true
    rewrite(`${what}: ${Math.round((Date.now() - started) / 1000)} s`)
  }, WAITING_MS)
  try {
    return await step
  } finally {
    clearInterval(timer)
    if (isShown) rewrite('')
  }
}

const WAITING_MS = 1000
