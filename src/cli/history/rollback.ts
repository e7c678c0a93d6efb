import type { ApiClient } from '../api/client.ts'
import { rollBack } from '../api/zones.ts'
import { type Console, EXIT, type ExitStatus } from '../console.ts'
import { failed, parseChange, parseZone } from './history.ts'

export type RollbackOptions = { readonly reason?: string; readonly json: boolean }

/** `edge-gslb rollback ZONE ID --to URL`: makes an earlier version the newest again. */
export async function rollbackCommand(
  zone: string,
  id: string,
  { reason, json }: RollbackOptions,
  api: ApiClient,
  console: Console,
): Promise<ExitStatus> {
  const origin = parseZone(zone)
  const to = parseChange(id)
  for (const parsed of [origin, to]) if (!parsed.ok) console.err(`error: ${parsed.error}`)
  if (!origin.ok || !to.ok) return EXIT.USAGE
  const written = await rollBack(api, origin.value, to.value, reason)
  if (!written.ok) return failed(written.error, api, console)
  const { serial, published } = written.value
  if (json) console.out(JSON.stringify({ ...written.value, published: published ?? null }, null, 2))
  else {
    const when = published === undefined ? 'KV has it in a moment' : `in KV since ${published}`
    console.out(`${origin.value} is as change ${id} made it, with serial ${serial}; ${when}`)
  }
  return EXIT.OK
}
