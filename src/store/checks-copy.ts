import { formatName, type NameKey, parentKey, parseName, ROOT } from '../dns/index.ts'
import type { PoolShape, ProbeCondition, ZoneGuard } from '../health/index.ts'
import { MAX_ALIAS_TARGETS } from '../limits.ts'
import type { ReceiverDocument } from '../notify/index.ts'
import { err, type Result } from '../result.ts'
import type { AskingZone } from '../zone/index.ts'
import type { CatalogView } from './catalog-view.ts'
import { type CronNeeds, parseChecks } from './checks.ts'
import type { Deadline } from './deadline.ts'
import { hashText, partKey } from './shapes.ts'
import type { ZoneReads } from './zone-reads.ts'

/** A zone of the catalog of which the cron needs something. */
type Checked = { readonly origin: string; readonly hash: string }

type Held = { readonly hash: string; readonly needs: CronNeeds }

/** The work of the cron. `complete`: every zone could be read. */
export type Conditions = {
  /** The checks that are there to be probed, and the zones whose queries may ask for others. */
  readonly conditions: readonly ProbeCondition[]
  readonly asking: readonly AskingZone[]
  /** The pools of each zone, by its origin. */
  readonly pools: ReadonlyMap<string, readonly PoolShape[]>
  /** The guards of zones, by the origin without the final dot; the root is a dot. */
  readonly guards: ReadonlyMap<string, ZoneGuard>
  /** The receivers of a zone's changes, by its origin. */
  readonly notify: ReadonlyMap<string, readonly ReceiverDocument[]>
  /** The names outside the zones that ALIAS records lead to: absolute, in lower case, sorted. */
  readonly aliases: readonly string[]
  readonly complete: boolean
}

/** The parts of all zones that the cron and the API need. The values are named by their hash, and read once. */
export class ChecksCopy {
  private readonly held = new Map<string, Held>()
  private readonly reads: ZoneReads

  constructor(reads: ZoneReads) {
    this.reads = reads
  }

  /** Returns what all zones of a catalog need, read until the deadline. Never rejects. */
  async conditions(
    view: CatalogView | undefined,
    deadline: Deadline,
    failed: (origin: string, why: string) => void,
  ): Promise<Conditions> {
    const { wanted, isWhole } = this.wantedOf(view)
    await deadline.within(this.refresh(wanted, failed))
    const found = wanted.flatMap(({ origin }) => {
      const one = this.held.get(origin)
      return one ? [[origin, one.needs] as const] : []
    })
    const complete = wanted.every(({ origin, hash }) => this.held.get(origin)?.hash === hash)
    const aliases = found.flatMap(([origin, needs]) => needs.aliases.filter((name) => leadsOut(name, origin, view)))
    return {
      conditions: found.flatMap(([, needs]) => needs.conditions),
      asking: found.flatMap(([zone, { asksTargets, stale }]) => (asksTargets ? [{ zone, stale }] : [])),
      pools: new Map(found.map(([zone, { pools }]) => [zone, pools])),
      guards: new Map(found.flatMap(([, { guard }]) => (guard ? [[guard.zone, guard] as const] : []))),
      notify: new Map(found.flatMap(([zone, { notify }]) => (notify.length > 0 ? [[zone, notify] as const] : []))),
      aliases: [...new Set(aliases)].sort().slice(0, MAX_ALIAS_TARGETS),
      complete: complete && isWhole,
    }
  }

  /** The zones of a catalog of which the cron needs something. One whose entry is damaged keeps what it had. */
  private wantedOf(view: CatalogView | undefined): { readonly wanted: readonly Checked[]; readonly isWhole: boolean } {
    const wanted: Checked[] = []
    let isWhole = view !== undefined
    for (const origin of view?.origins() ?? []) {
      const entry = view?.entry(origin)
      if (entry === 'damaged') isWhole = false
      const hash = entry === 'damaged' ? this.held.get(origin)?.hash : entry?.checks
      if (hash !== undefined) wanted.push({ origin, hash })
    }
    return { wanted, isWhole }
  }

  /** Reads what is new, together. Never rejects, and may hang: what cannot be read stays as it was. */
  private async refresh(wanted: readonly Checked[], failed: (origin: string, why: string) => void): Promise<void> {
    const origins = new Set(wanted.map(({ origin }) => origin))
    for (const origin of this.held.keys()) if (!origins.has(origin)) this.held.delete(origin)
    const news = wanted.filter(({ origin, hash }) => this.held.get(origin)?.hash !== hash)
    const reading = this.reads.together(() => news.map((one) => this.read(one)))
    await Promise.all(
      news.map(async ({ origin, hash }, i) => {
        const read = await (reading[i] as Promise<Result<CronNeeds>>)
        if (read.ok) this.held.set(origin, { hash, needs: read.value })
        else failed(origin, read.error)
      }),
    )
  }

  private async read({ origin, hash }: Checked): Promise<Result<CronNeeds>> {
    const key = partKey(hash)
    try {
      const { value } = await this.reads.get(key)
      if (value === null) return err(`the key "${key}" is not in KV`)
      if ((await hashText(value)) !== hash) return err(`the text under "${key}" is not the one that was published`)
      return parseChecks(value, origin)
    } catch (error) {
      return err(String(error))
    }
  }
}

/**
 * Returns true unless another published zone has the name: the walk goes on there. A delegated name is in its own zone.
 */
function leadsOut(text: string, origin: string, view: CatalogView | undefined): boolean {
  const name = parseName(text)
  if (!name.ok) return false
  for (let key: NameKey = name.value.key; ; key = parentKey(key)) {
    const one = formatName(key).replace(/\.$/, '')
    if (view?.entry(one) !== undefined) return one === origin
    if (key === ROOT.key) return true
  }
}
