import type { ActionOf, Octets, Probe } from '../../../health/index.ts'
import {
  type AgentAttempt,
  describe,
  failed,
  isVerdict,
  notRun,
  OK,
  octetsOf,
  searchFor,
  type Verdict,
} from '../../../probe/index.ts'

type UdpAction = ActionOf<'udp'>

/** Sends a datagram. The first reply decides. */
export async function askUdp(probe: Probe, { send, expect }: UdpAction, attempt: AgentAttempt): Promise<Verdict> {
  const search = expect && (await searchFor(expect, 'at the end'))
  if (search && !search.ok) return notRun(search.error)
  const wire = await attempt.openDatagrams(probe)
  if (isVerdict(wire)) return wire
  attempt.stage = () => 'waiting for a reply'
  const sent = await wire.send(octetsIn(send))
  if (!sent.ok) return attempt.explain(sent.error, probe)
  const reply = await wire.read()
  if (typeof reply === 'string') return failed('unreachable: nothing listens at the port')
  if (!search || search.value.add(reply) || search.value.end()) return OK
  return failed(`${describe(expect)} is not in the reply`)
}

const octetsIn = (text: Octets): Uint8Array =>
  typeof text === 'string' ? new TextEncoder().encode(text) : octetsOf(text.hex)
