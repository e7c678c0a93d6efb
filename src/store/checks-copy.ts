import type { Log } from '../events.ts'
import type { PoolShape, ProbeCondition, StoredChecks } from '../health/index.ts'
import { err, type Result } from '../result.ts'
import type { AskingZone } from '../zone/query-path.ts'
import type { CatalogView } from './catalog-view.ts'
import { parseChecks } from './checks.ts'
import type { Deadline } from './deadline.ts'
import { hashText, partKey } from './shapes.ts'
import type { ZoneReads } from './zone-reads.ts'

/** A zone of the catalog that has checks, or whose queries may ask for some. */
export type Checked = { readonly origin: string; readonly hash: string }

/** The checks that are there to be probed. `complete`: whether every zone could be read. */
export type Conditions = {
  readonly conditions: readonly ProbeCondition[]
  readonly asking: readonly AskingZone[]
  /** The pools of each zone, by its origin. */
  readonly pools: ReadonlyMap<string, readonly PoolShape[]>
  readonly complete: boolean
}

type Held = { readonly hash: string; readonly checks: StoredChecks }

/** The checks of all zones, as the cron and the API need them. They are named by their hash, and read once. */
export class ChecksCopy {
  private readonly held = new Map<string, Held>()
  private readonly reads: ZoneReads

  constructor(reads: ZoneReads) {
    this.reads = reads
  }

  /** Reads all checks of a catalog until the deadline. Never rejects: what cannot be read stays as it was. */
  async all(view: CatalogView | undefined, deadline: Deadline, log: Log): Promise<Conditions> {
    const { wanted, isWhole } = this.wantedOf(view)
    await deadline.within(this.refresh(wanted, (zone, why) => log({ event: 'zone-failed', zone, why })))
    const { checks, complete } = this.of(wanted)
    return {
      conditions: [...checks.values()].flatMap(({ conditions }) => conditions),
      asking: [...checks].flatMap(([zone, { asksTargets, stale }]) => (asksTargets ? [{ zone, stale }] : [])),
      pools: new Map(Array.from(checks, ([zone, { pools }]) => [zone, pools])),
      complete: complete && isWhole,
    }
  }

  /** The checks of the zones so far. `complete`: all are as the catalog names them. */
  of(wanted: readonly Checked[]): { readonly checks: ReadonlyMap<string, StoredChecks>; readonly complete: boolean } {
    const found = wanted.flatMap(({ origin }) => {
      const one = this.held.get(origin)
      return one ? [[origin, one.checks] as const] : []
    })
    const complete = wanted.every(({ origin, hash }) => this.held.get(origin)?.hash === hash)
    return { checks: new Map(found), complete }
  }

  /** The zones of a catalog that have checks. One whose entry is damaged keeps those that it had. */
  wantedOf(view: CatalogView | undefined): { readonly wanted: readonly Checked[]; readonly isWhole: boolean } {
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
  async refresh(wanted: readonly Checked[], failed: (origin: string, why: string) => void): Promise<void> {
    const origins = new Set(wanted.map(({ origin }) => origin))
    for (const origin of this.held.keys()) if (!origins.has(origin)) this.held.delete(origin)
    const news = wanted.filter(({ origin, hash }) => this.held.get(origin)?.hash !== hash)
    const reading = this.reads.together(() => news.map((one) => this.read(one)))
    await Promise.all(
      news.map(async ({ origin, hash }, i) => {
        const read = await (reading[i] as Promise<Result<StoredChecks>>)
        if (read.ok) this.held.set(origin, { hash, checks: read.value })
        else failed(origin, read.error)
      }),
    )
  }

  private async read({ origin, hash }: Checked): Promise<Result<StoredChecks>> {
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
