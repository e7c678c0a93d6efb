import type { ActionOf, AgentAction, AgentKind, Probe } from '../../../health/index.ts'
import type { AgentAttempt, ProbeIo, Verdict } from '../../../probe/index.ts'
import { nodeIo } from '../../probe-node.ts'
import type { AllowedCommands } from './allowed-commands.ts'
import { openDatagrams } from './datagrams.ts'
import { askExec } from './exec.ts'
import { askGrpc } from './grpc.ts'
import { askIcmp } from './icmp.ts'
import { askUdp } from './udp.ts'

export { AllowedCommands, readAllowedCommands } from './allowed-commands.ts'

/**
 * Returns what probes can do on this machine: all that Node's sockets can, and the kinds of checks that need an agent.
 * @param allowed the commands that checks of kind exec may run
 * @param ca PEM certificates that are trusted instead of the default ones
 */
export function agentIo(allowed: AllowedCommands, ca?: string): ProbeIo {
  const ask: { readonly [K in AgentKind]: Ask<ActionOf<K>> } = {
    udp: askUdp,
    icmp: (probe, _, attempt) => askIcmp(probe, attempt),
    grpc: (probe, action, attempt) => askGrpc(probe, action, attempt, ca),
    exec: (probe, action, attempt) => askExec(probe, action, attempt, allowed),
  }
  const askAsAgent: Ask<AgentAction> = (probe, action, attempt) =>
    (ask[action.kind] as Ask<AgentAction>)(probe, action, attempt)
  return { ...nodeIo(ca), datagrams: openDatagrams, askAsAgent }
}

type Ask<A> = (probe: Probe, action: A, attempt: AgentAttempt) => Promise<Verdict>
