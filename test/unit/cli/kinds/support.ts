import { AllowedCommands, agentIo } from '../../../../src/cli/agent/kinds/index.ts'
import type { Action, Probe, ProbeResult } from '../../../../src/health/index.ts'
import { runProbe } from '../../../../src/probe/index.ts'
import { CA } from '../../probe/servers.ts'
import { UNTIL_LATE } from '../../probe/support.ts'

/** Seconds that a slow machine does not need. A test of a timeout sets its own. */
const LONG = 600

/** Makes a probe as an agent does. */
export function probeBy(
  action: Action,
  more: Partial<Probe> = {},
  allowed = new AllowedCommands([]),
): Promise<ProbeResult> {
  const probe: Probe = {
    ...{ id: 'test', action, host: '127.0.0.1', port: 0, timeout: LONG, interval: 60, fall: 2, rise: 2 },
    ...{ first: 'decides', from: undefined, quorum: 'any', ...more },
  }
  return runProbe(probe, agentIo(allowed, CA))
}

/** Returns a result in short: `ok`, or the outcome and the reason. */
export const told = (result: ProbeResult): string =>
  result.outcome === 'ok' ? 'ok' : `${result.outcome}: ${result.why}`

/**
 * Makes a probe with longer timeouts until one runs out at a stage: a slow machine may not get there in a short one.
 * @returns `late`, or what the last probe told
 */
export async function toldLate(stage: string, ask: (timeout: number) => Promise<string>): Promise<string> {
  let last = ''
  for (const timeout of UNTIL_LATE) {
    last = await ask(timeout)
    if (last === `failed: no answer within ${timeout} s (${stage})`) return 'late'
  }
  return last
}
