import type { ActionOf, Probe } from '../health/index.ts'
import { MAX_CONVERSATION_BYTES } from '../limits.ts'
import { type Attempt, isVerdict } from './attempt.ts'
import { describe, searchFor } from './search.ts'
import { failed, notRun, OK, type Verdict } from './verdict.ts'

type TcpAction = ActionOf<'tcp'>

/** Connects, sends `send`, and reads until the expected text comes. */
export async function askTcp(probe: Probe, { send, expect }: TcpAction, attempt: Attempt): Promise<Verdict> {
  const found = expect && (await searchFor(expect, 'as it comes'))
  if (found && !found.ok) return notRun(found.error)
  const wire = await attempt.open(probe)
  if (isVerdict(wire)) return wire
  if (send) {
    attempt.stage = () => 'sending'
    // A peer that closes the connection without reading may have sent the text before.
    if (!(await wire.write(new TextEncoder().encode(send))) && !expect) return failed('connection lost while sending')
  }
  if (!expect || !found) return OK
  const wanted = describe(expect)
  attempt.stage = () => `waiting for ${wanted}`
  const search = found.value
  for (let room = MAX_CONVERSATION_BYTES; room > 0; ) {
    const octets = await wire.read()
    if (octets === 'lost') return search.end() ? OK : failed(`connection lost before ${wanted}`)
    if (octets === 'end') return search.end() ? OK : failed(`closed before ${wanted}`)
    if (search.add(octets.subarray(0, room))) return OK
    room -= octets.length
  }
  return search.end() ? OK : failed(`${wanted} is not in the first ${MAX_CONVERSATION_BYTES} octets`)
}
