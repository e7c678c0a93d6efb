import type { EventEmitter } from 'node:events'
import { vi } from 'vitest'
import { main } from '../../../src/cli/main.ts'

/** The variables that hold keys. A command line is tried without those of the machine that runs the tests. */
const KEYS = ['API_KEY', 'AGENT_KEY', 'EDGE_GSLB_KEY', 'PDNS_API_KEY']

export type Ended = { readonly status: number; readonly stderr: string }

/**
 * Runs the command line in this process, which costs far less than to start one. The working folder, the
 * environment, the exit status, listeners and the channel to the test runner are then as before.
 */
export async function runMain(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const before = { cwd: process.cwd(), status: process.exitCode }
  const forget = [process, process.stdout].map(rememberListeners)
  let stderr = ''
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += text
    return true
  })
  for (const name of KEYS) vi.stubEnv(name, env[name])
  process.chdir(cwd)
  process.exitCode = undefined
  // Commands that wait for a signal let the channel to the test runner go, and with it all that keeps this process.
  const alive = setInterval(() => {}, 60_000)
  try {
    await main(args)
    return { status: Number(process.exitCode ?? 0), stderr }
  } finally {
    process.exitCode = before.status
    process.chdir(before.cwd)
    vi.unstubAllEnvs()
    vi.restoreAllMocks()
    for (const end of forget) end()
    process.channel?.ref()
    clearInterval(alive)
  }
}

/** Returns a function that removes the listeners that came in the meantime. */
function rememberListeners(emitter: EventEmitter): () => void {
  const listenersOf = (name: string | symbol) => emitter.rawListeners(name) as ((...args: unknown[]) => void)[]
  const known = new Set(emitter.eventNames().flatMap(listenersOf))
  return () => {
    for (const name of emitter.eventNames()) {
      for (const listener of listenersOf(name)) if (!known.has(listener)) emitter.off(name, listener)
    }
  }
}
