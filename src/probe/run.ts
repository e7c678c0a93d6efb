import { type Probe, type ProbeResult, probeBlocker } from '../health/index.ts'
import { Attempt, isVerdict } from './attempt.ts'
import { askHttp } from './http.ts'
import type { ProbeIo } from './io.ts'
import { askTcp } from './tcp.ts'
import { failed, notRun, OK, type Verdict } from './verdict.ts'

/** Makes one probe. It never rejects, always ends within the probe's timeout, and leaves nothing open. */
export async function runProbe(probe: Probe, io: ProbeIo): Promise<ProbeResult> {
  const startedAt = io.clock()
  const attempt = new Attempt(io)
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<Verdict>((resolve) => {
    timer = setTimeout(() => resolve(noAnswer(probe, attempt)), probe.timeout * 1000)
  })
  try {
    const verdict = await Promise.race([ask(probe, attempt), late])
    return verdict.outcome === 'not-run' ? verdict : { ...verdict, ms: Math.max(0, io.clock() - startedAt) }
  } catch (error) {
    // Targets cannot cause exceptions: this is an internal error.
    return notRun(`the probe broke: ${error}`) as Extract<Verdict, { outcome: 'not-run' }>
  } finally {
    clearTimeout(timer)
    attempt.end()
  }
}

const noAnswer = ({ timeout }: Probe, { stage }: Attempt): Verdict =>
  failed(`no answer within ${timeout} s (${stage()})`)

async function ask(probe: Probe, attempt: Attempt): Promise<Verdict> {
  const { action } = probe
  const why = probeBlocker(probe, attempt.io.platform)
  if (why !== undefined) return notRun(why)
  switch (action.kind) {
    case 'tcp':
      return askTcp(probe, action, attempt)
    case 'tls': {
      const opened = await attempt.open(probe, action)
      return isVerdict(opened) ? opened : OK
    }
    case 'http':
    case 'https':
      return askHttp(probe, action, attempt)
    case 'push':
      return notRun('a push check is not probed: the application reports it')
  }
}
