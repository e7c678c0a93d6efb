import { ok, type Result } from '../../result.ts'
import {
  type Catalog,
  checkedValue,
  type Dropped,
  HEAD_KEY_PREFIX,
  type HeadMetadata,
  type HeadValues,
  headKey,
  ORPHAN_MS,
  PART_KEY_PREFIX,
  parseHeadMetadata,
  parsePartMetadata,
  partKey,
  servedOf,
  sweep,
  valuesIn,
} from '../../store/index.ts'
import type { ListedKey, PublishKv } from '../kv/kv.ts'

const NO_LIMITS = { zones: Number.POSITIVE_INFINITY, reads: Number.POSITIVE_INFINITY, keys: Number.POSITIVE_INFINITY }

type ListedHead = { readonly metadata: HeadMetadata | undefined }

/** The compiled zones that are in KV, as its lists have them. Only the heads of large zones are read. */
export class CompiledInKv {
  private readonly kv: PublishKv
  /** By hash. */
  private readonly heads: ReadonlyMap<string, ListedHead>
  private readonly parts: readonly ListedKey[]
  private readonly read = new Map<string, HeadValues>()

  private constructor(kv: PublishKv, heads: readonly ListedKey[], parts: readonly ListedKey[]) {
    const hashOf = (key: string): string => key.slice(HEAD_KEY_PREFIX.length)
    this.kv = kv
    this.heads = new Map(
      heads.map(({ name, metadata }) => {
        const parsed = parseHeadMetadata(metadata)
        return [hashOf(name), { metadata: parsed?.zone === hashOf(name) ? parsed : undefined }]
      }),
    )
    this.parts = parts
  }

  static async list(kv: PublishKv): Promise<Result<CompiledInKv>> {
    const heads = await kv.list(HEAD_KEY_PREFIX)
    if (!heads.ok) return heads
    const parts = await kv.list(PART_KEY_PREFIX)
    if (!parts.ok) return parts
    return ok(new CompiledInKv(kv, heads.value, parts.value))
  }

  /**
   * Returns the keys in KV of the compiled zones of the origins that the catalog names. Rejects if KV fails.
   * @param isDoubtful returns true for an origin of which something in KV is wrong: then its heads are read
   */
  async servedOf(
    catalog: Catalog,
    origins: readonly string[],
    isDoubtful: (origin: string) => boolean,
  ): Promise<ReadonlySet<string>> {
    const listed = new Set(this.parts.map(({ name }) => name))
    const served = new Set<string>()
    for (const origin of origins) {
      for (const hash of servedOf(catalog, origin)) {
        if (this.heads.has(hash) && !(isDoubtful(origin) && (await this.isDamaged(hash)))) served.add(headKey(hash))
        for (const key of (await this.valuesOf(hash)).keys) if (listed.has(key)) served.add(key)
      }
    }
    return served
  }

  /** Returns the compiled zones that the catalog knows nothing of. Nothing names them from now on. */
  lost(catalog: Catalog, now: number): ReadonlyMap<string, Dropped> {
    const known = new Set(catalog.dropped.keys())
    for (const origin of [...catalog.zones.keys(), ...catalog.removed.keys()]) {
      for (const hash of servedOf(catalog, origin)) known.add(hash)
    }
    const lost = new Map<string, Dropped>()
    for (const [hash, { metadata }] of this.heads) {
      if (!known.has(hash)) lost.set(hash, { origin: metadata?.origin ?? '', at: now })
    }
    return lost
  }

  /** Returns the keys that nothing has named for long, in the order in which they are to go. Rejects if KV fails. */
  async swept(catalog: Catalog, now: number): Promise<readonly string[]> {
    const { deletes } = await sweep((hash) => this.valuesOf(hash), catalog, now, NO_LIMITS)
    const named = new Set(deletes)
    for (const hash of this.heads.keys()) for (const key of (await this.valuesOf(hash)).keys) named.add(key)
    const orphans = this.parts.filter(
      ({ name, metadata }) => !named.has(name) && now - parsePartMetadata(metadata).at >= ORPHAN_MS,
    )
    return [...deletes, ...orphans.map(({ name }) => name)]
  }

  private async isDamaged(hash: string): Promise<boolean> {
    const value = await this.kv.getBytes(headKey(hash))
    if (!value.ok) throw new Error(value.error)
    return !(await checkedValue(value.value && new Uint8Array(value.value), headKey(hash), hash)).ok
  }

  private async valuesOf(hash: string): Promise<HeadValues> {
    const known = this.read.get(hash)
    if (known) return known
    const head = this.heads.get(hash)
    const values = head ? await this.valuesIn(hash, head) : { isThere: false, keys: [] }
    this.read.set(hash, values)
    return values
  }

  private async valuesIn(hash: string, { metadata }: ListedHead): Promise<HeadValues> {
    const { parts = 0, checks } = metadata ?? { parts: 1 }
    if (parts === 0) return { isThere: true, keys: checks === undefined ? [] : [partKey(checks)] }
    const value = await this.kv.getBytes(headKey(hash))
    if (!value.ok) throw new Error(value.error)
    return valuesIn(value.value && new Uint8Array(value.value))
  }
}
