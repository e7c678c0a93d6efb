import { columns } from '../../columns.ts'
import { confirmedAt, type Rehearsal, rehearse } from '../../explain/index.ts'
import { type Health, type LiveOverride, liveOverrides, type Override } from '../../health/index.ts'
import { printable } from '../../printable.ts'
import { ok, type Result } from '../../result.ts'
import type { LocalZone } from '../../zone/index.ts'
import type { Console } from '../console.ts'

type Both = { readonly before: readonly LiveOverride[]; readonly after: readonly LiveOverride[] }

/** The changes that an override would make, and when they begin. */
export type Rehearsed = readonly Rehearsal[]

/**
 * Compares the pools of zones without an override and with it, at the first moment at which it counts, with the states
 * as they are measured now.
 */
export async function rehearsal<Kv>(
  zones: readonly LocalZone[],
  { override }: { readonly override: Override },
  { before, after }: Both,
  store: { readonly health: (kv: Kv, overrides: readonly LiveOverride[], now: number) => Promise<Result<Health>> },
  kv: Kv,
  now: number,
): Promise<Result<Rehearsed>> {
  const [live] = liveOverrides([override])
  const { isActive, changesAt } = (live as LiveOverride).at(now)
  const at = isActive || !Number.isFinite(changesAt) ? now : changesAt
  const was = await store.health(kv, before, now)
  if (!was.ok) return was
  const is = await store.health(kv, after, now)
  return is.ok ? ok(rehearse(zones, confirmedAt(was.value, at), confirmedAt(is.value, at))) : is
}

/** Says which pools an override would leave without a member, and what to do. */
export function emptiedText(emptied: Rehearsed): string {
  const names = emptied.map(({ pool }) => pool)
  const some =
    names.slice(0, MAX_NAMED).join(', ') + (names.length > MAX_NAMED ? `, and ${names.length - MAX_NAMED} more` : '')
  return printable(
    `the override would leave ${some} without a member that is up; nothing was changed: expected another override, or --force`,
  )
}

const MAX_NAMED = 10

/** Prints what each member would get. */
export function printRehearsal(rehearsed: Rehearsed, console: Console, json: boolean): void {
  if (json) {
    console.out(JSON.stringify({ pools: rehearsed.map(jsonOf) }, null, 2))
    return
  }
  if (rehearsed.length === 0) console.out('no pool changes')
  for (const { pool, isEmptied, members } of rehearsed) {
    console.out(printable(`${pool}${isEmptied ? ': no member is left' : ''}`))
    const rows = members.map(({ name, before, after }) => [
      `  ${printable(name)}`,
      before.state === after.state ? after.state : `${before.state} -> ${after.state}`,
      `${chanceText(before.chance)} -> ${chanceText(after.chance)}`,
    ])
    for (const line of columns(rows)) console.out(line)
  }
}

const jsonOf = ({ pool, isEmptied, members }: Rehearsal) => ({
  pool,
  emptied: isEmptied,
  members: members.map(({ name, before, after }) => ({ name, before: shareOf(before), after: shareOf(after) })),
})

type Share = Rehearsal['members'][number]['before']

const shareOf = ({ state, chance }: Share) => ({
  state,
  probability: chance === null ? null : chance.toFraction(),
  chance: chance === null ? null : chance.valueOf(),
})

const chanceText = (chance: Share['chance']): string =>
  chance === null ? 'by client' : `${chance.toFraction()} (${(chance.valueOf() * 100).toFixed(1)} %)`
