import {
  type ActionOf,
  type AgentKind,
  isAgentAction,
  type Kind,
  type Probe,
  type ProbeResult,
  probeBlocker,
} from '../health/index.ts'
import { Attempt, isVerdict } from './attempt.ts'
import { askHttp } from './http.ts'
import type { ProbeIo } from './io.ts'
import { askTcp } from './tcp.ts'
import { failed, notRun, OK, type Verdict } from './verdict.ts'

/** Makes one probe. It never rejects, always ends within the probe's timeout, and leaves nothing open. */
export async function runProbe(probe: Probe, io: ProbeIo): Promise<ProbeResult> {
  const attempt = new Attempt(io)
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<Verdict>((resolve) => {
    timer = setTimeout(() => resolve(noAnswer(probe, attempt)), probe.timeout * 1000)
  })
  try {
    const verdict = await Promise.race([ask(probe, attempt), late])
    return verdict.outcome === 'not-run' ? verdict : inTime({ ms: attempt.ms, ...verdict }, probe)
  } catch (error) {
    // Targets cannot cause exceptions: this is an internal error.
    return notRun(`the probe broke: ${error}`) as Extract<Verdict, { outcome: 'not-run' }>
  } finally {
    clearTimeout(timer)
    attempt.end()
  }
}

/** Counts a success that took longer than the check allows as a failure. */
function inTime(result: Exclude<ProbeResult, { outcome: 'not-run' }>, { maxLatency }: Probe): ProbeResult {
  if (result.outcome === 'failed' || maxLatency === undefined || result.ms <= maxLatency * 1000) return result
  const most = Number((maxLatency * 1000).toFixed(3))
  const why = `slow: answered after ${Math.ceil(result.ms)} ms, expected at most ${most} ms`
  return { outcome: 'failed', ms: result.ms, why }
}

const noAnswer = ({ timeout }: Probe, { stage }: Attempt): Verdict =>
  failed(`no answer within ${timeout} s (${stage()})`)

async function ask(probe: Probe, attempt: Attempt): Promise<Verdict> {
  const { action } = probe
  const { platform, askAsAgent } = attempt.io
  const why = probeBlocker(probe, platform)
  if (why !== undefined) return notRun(why)
  if (isAgentAction(action)) {
    return askAsAgent ? askAsAgent(probe, action, attempt) : notRun(`only an agent makes checks of kind ${action.kind}`)
  }
  // The Worker may be newer than its agent.
  if (!Object.hasOwn(ASK, action.kind))
    return notRun(`no check of kind "${action.kind}" is known here; expected a newer agent`)
  return (ASK[action.kind] as Ask<typeof action>)(probe, action, attempt)
}

type Ask<A> = (probe: Probe, action: A, attempt: Attempt) => Promise<Verdict>

/** Makes the probes of each kind that a Worker can make. Those of the others are in src/cli/agent/kinds. */
const ASK: { readonly [K in Exclude<Kind, AgentKind>]: Ask<ActionOf<K>> } = {
  tcp: askTcp,
  async tls(probe, action, attempt) {
    const opened = await attempt.open(probe, action)
    return isVerdict(opened) ? opened : OK
  },
  http: askHttp,
  https: askHttp,
  dns: async (probe, action, attempt) => (await import('./dns.ts')).askDns(probe, action, attempt),
  push: async () => notRun('a push check is not probed: the application reports it'),
}
