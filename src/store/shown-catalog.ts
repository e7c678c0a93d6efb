import { type Catalog, parseCatalog } from './catalog.ts'
import type { CatalogMemory } from './catalog-memory.ts'
import { catalogText, type KvStore } from './reconcile.ts'
import { hashText } from './shapes.ts'

/** The catalog in KV. */
export type Shown = {
  /** The text that KV gave out. */
  readonly given: string | null
  /** Its hash. */
  readonly hash: string
  /** The newest catalog that is known: what KV gave out, or what replaced that. Null: it is not there. */
  readonly text: string | null
  /** Undefined if it cannot be read. */
  readonly catalog: Catalog | undefined
  /** `other`: somebody else wrote it. `lost`: it was there a minute ago, and is gone or damaged now. */
  readonly kind: 'newest' | 'other' | 'lost'
}

/** Reads the catalog in KV, corrected by what was written from here and KV need not show yet. */
export class ShownCatalog {
  private readonly kv: KvStore
  private readonly memory: CatalogMemory
  private parsed: { readonly text: string; readonly catalog: Catalog | undefined } | undefined

  constructor(kv: KvStore, memory: CatalogMemory) {
    this.kv = kv
    this.memory = memory
  }

  /** @throws if KV fails */
  async read(): Promise<Shown> {
    const { memory } = this
    const text = await catalogText(this.kv)
    const newest = memory.newest()
    const hash = newest?.text === text ? newest.hash : await hashOf(text)
    if (newest && (newest.hash === hash || memory.isReplaced(hash)))
      return { given: text, hash, ...this.parse(newest.text), kind: 'newest' }
    const parsed = this.parse(text)
    // A value of a minute ago is newer than any copy.
    return parsed.catalog || !newest
      ? { given: text, hash, ...parsed, kind: 'other' }
      : { given: text, hash, ...this.parse(newest.text), kind: 'lost' }
  }

  /** A catalog of 10,000 zones is not parsed for nothing. */
  private parse(text: string | null): Pick<Shown, 'text' | 'catalog'> {
    if (text === null) return { text, catalog: undefined }
    if (this.parsed?.text !== text) {
      const parsed = parseCatalog(text)
      this.parsed = { text, catalog: parsed.ok ? parsed.value : undefined }
    }
    return this.parsed
  }
}

/** The hash of a catalog that is not there. */
const MISSING = 'missing'

const hashOf = async (text: string | null): Promise<string> => (text === null ? MISSING : hashText(text))
