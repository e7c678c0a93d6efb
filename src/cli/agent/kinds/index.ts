import type { AgentAction, Probe } from '../../../health/index.ts'
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
  const askAsAgent = (probe: Probe, action: AgentAction, attempt: AgentAttempt): Promise<Verdict> => {
    switch (action.kind) {
      case 'udp':
        return askUdp(probe, action, attempt)
      case 'icmp':
        return askIcmp(probe, attempt)
      case 'grpc':
        return askGrpc(probe, action, attempt, ca)
      case 'exec':
        return askExec(probe, action, attempt, allowed)
    }
  }
  return { ...nodeIo(ca), datagrams: openDatagrams, askAsAgent }
}
