import { emptyVantage, formatVantage, type ProbeResult, runRound } from '../../health/index.ts'
import { printable } from '../../printable.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import { isExposed } from '../http-client.ts'
import type { Paint } from '../paint.ts'
import { AgentClient, type AgentIdentity, type AgentProbe, type Trouble } from './client.ts'
import { Agent, type Numbered } from './loop.ts'
import { assignmentLines, changeLine } from './text.ts'
import { MACHINE_TIME, type Time } from './time.ts'

type AgentOptions = AgentIdentity & {
  readonly once: boolean
  /** Makes one probe. It ends within the probe's timeout, and never rejects. */
  readonly probe: (probe: AgentProbe) => Promise<ProbeResult>
  /** The default is the machine's time. */
  readonly time?: Time
}

const CONNECTIONS = 50

/** `edge-gslb agent`: makes the probes that the Worker assigns, and reports their results, until `stopped`. */
export async function agentCommand(
  options: AgentOptions,
  stopped: AbortSignal,
  console: Console,
  paint: Paint,
): Promise<ExitStatus> {
  const { url, name, once, probe, time = MACHINE_TIME } = options
  if (isExposed(url)) {
    console.err('warning: without https, anybody on the network path can read the probes and block the reports')
  }
  const client = new AgentClient(options, stopped, time)
  const numbered = numberer(time)
  if (once) return probeOnce({ ...options, time }, client, numbered, console, paint)
  const agent = new Agent({ name, probe, client, numbered, connections: CONNECTIONS, time, console, paint }, stopped)
  return (await agent.run()) ? EXIT.OK : EXIT.FAILED
}

function numberer(time: Time): Numbered {
  let last = 0
  return (vantage) => {
    last = Math.max(time.date(), last + 1)
    return formatVantage({ ...vantage, at: time.date(), seq: last })
  }
}

/** Probes each target once. Runs share no state, so a single result decides. */
async function probeOnce(
  { name, probe, time }: AgentOptions & { readonly time: Time },
  client: AgentClient,
  numbered: Numbered,
  console: Console,
  paint: Paint,
): Promise<ExitStatus> {
  const failed = ({ why }: Trouble): ExitStatus => {
    console.err(`error: ${printable(why)}`)
    return EXIT.FAILED
  }
  const assigned = await client.probes()
  if (!assigned.ok) return failed(assigned.error)
  const { probes, complete } = assigned.value
  if (!complete) return failed({ kind: 'refused', why: 'the Worker could not read all of its zones; try again' })
  for (const line of assignmentLines(name, probes, paint)) console.out(line)
  const { after } = await runRound({
    probes: probes.map((assigned) => ({ ...assigned, first: 'decides' as const })),
    before: emptyVantage(name),
    clock: time.date,
    probe,
    connections: CONNECTIONS,
    maxProbes: Number.POSITIVE_INFINITY,
    deadlineMs: Number.POSITIVE_INFINITY,
    everyMs: 0,
    continued: true,
  })
  for (const made of probes) {
    const state = after.targets.get(made.id)
    if (state) console.out(changeLine(made, state, paint))
  }
  const reported = await client.report(numbered(after))
  return reported.ok ? EXIT.OK : failed(reported.error)
}
