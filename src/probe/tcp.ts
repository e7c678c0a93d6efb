import type { Action, Probe } from '../health/index.ts'
import { MAX_CONVERSATION_BYTES } from '../limits.ts'
import { type Attempt, isVerdict } from './attempt.ts'
import { describe, searchFor } from './search.ts'
import { failed, notRun, OK, type Verdict } from './verdict.ts'

type TcpAction = Extract<Action, { kind: 'tcp' }>

/** Connects; says what is to be said; listens until it hears what is expected. */
export async function askTcp(probe: Probe, { send, expect }: TcpAction, attempt: Attempt): Promise<Verdict> {
  const found = expect && (await searchFor(expect, 'as it comes'))
  if (found && !found.ok) return notRun(found.error)
  const wire = await attempt.open(probe)
  if (isVerdict(wire)) return wire
  if (send) {
    attempt.stage = () => 'sending'
    // Who hangs up without listening may have spoken before.
    if (!(await wire.write(new TextEncoder().encode(send))) && !expect) return failed('connection lost while sending')
  }
  if (!expect || !found) return OK
  const what = describe(expect)
  attempt.stage = () => `waiting for ${what}`
  const search = found.value
  for (let room = MAX_CONVERSATION_BYTES; room > 0; ) {
    const octets = await wire.read()
    if (octets === 'lost') return search.end() ? OK : failed(`connection lost before ${what}`)
    if (octets === 'end') return search.end() ? OK : failed(`closed before ${what}`)
    if (search.add(octets.subarray(0, room))) return OK
    room -= octets.length
  }
  return search.end() ? OK : failed(`${what} is not in the first ${MAX_CONVERSATION_BYTES} octets`)
}
