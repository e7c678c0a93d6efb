import { err, type Result } from '../../result.ts'
import type { ApiClient } from '../api/client.ts'
import { type Fault, faultLines } from '../api/fault.ts'
import { type ApiWritten, putExpectations, readExpectations, rollBack } from '../api/zones.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import { parseChange, parseZone } from './history.ts'

export type RollbackOptions = {
  readonly reason?: string
  /** Removes the expectations beside the zone, if they do not hold for the earlier version. */
  readonly dropExpectations: boolean
  readonly json: boolean
}

/** `edge-gslb rollback ZONE ID --to URL`: makes an earlier version the newest again. */
export async function rollbackCommand(
  zone: string,
  id: string,
  { reason, dropExpectations, json }: RollbackOptions,
  api: ApiClient,
  console: Console,
): Promise<ExitStatus> {
  const origin = parseZone(zone)
  const to = parseChange(id)
  for (const parsed of [origin, to]) if (!parsed.ok) console.err(`error: ${parsed.error}`)
  if (!origin.ok || !to.ok) return EXIT.USAGE
  const roll = (): Promise<Result<ApiWritten, Fault>> => rollBack(api, origin.value, to.value, reason)
  const first = await roll()
  const isDropped = dropExpectations && isHeldBack(first)
  const written = isDropped ? await withoutExpectations(api, origin.value, reason, roll) : first
  if (!written.ok) return failed(written.error, origin.value, console)
  const { serial, published } = written.value
  if (json) console.out(JSON.stringify({ ...written.value, published: published ?? null }, null, 2))
  else {
    const when = published === undefined ? 'KV has it in a moment' : `in KV since ${published}`
    console.out(`${origin.value} is as change ${id} made it, with serial ${serial}; ${when}`)
  }
  if (isDropped) console.err('warning: the expectations beside the zone did not hold, and are removed')
  return EXIT.OK
}

/** True if nothing but the expectations beside the zone stands against a write. */
const isHeldBack = (written: Result<ApiWritten, Fault>): boolean =>
  !written.ok && written.error.status === 422 && written.error.errors.some(({ isOfExpectations }) => isOfExpectations)

/** Writes after the expectations are taken away. They come back if the write fails all the same. */
async function withoutExpectations(
  api: ApiClient,
  origin: string,
  reason: string | undefined,
  write: () => Promise<Result<ApiWritten, Fault>>,
): Promise<Result<ApiWritten, Fault>> {
  const before = await readExpectations(api, origin)
  if (!before.ok) return before
  const removed = await putExpectations(api, origin, undefined, reason)
  if (!removed.ok) return removed
  const written = await write()
  if (written.ok || before.value === undefined) return written
  const back = await putExpectations(api, origin, JSON.stringify(before.value), reason)
  if (back.ok) return written
  return err({ ...written.error, why: `${written.error.why}; the expectations are removed: ${back.error.why}` })
}

function failed(fault: Fault, origin: string, console: Console): ExitStatus {
  for (const line of faultLines(fault, `${origin.slice(0, -1)}.zone`)) console.err(line)
  if (isHeldBack(err(fault))) {
    console.err('expected a version that they hold for, or --drop-expectations, which removes them with this roll-back')
  }
  return EXIT.FAILED
}
