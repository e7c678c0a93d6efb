import type { Ledgers } from '../../ledger/index.ts'
import { MAX_REMEMBERED_FACTS } from '../../limits.ts'
import { allMetadata } from '../../rrsets/index.ts'
import type { ZoneDocument } from '../../zone/index.ts'
import { isPrimaryKind } from './domain.ts'

/** The facts of a zone's document that PowerDNS asks for beside its records. */
export type DomainFacts = {
  readonly isPrimary: boolean
  /** Lists of texts by their kind. */
  readonly metadata: ReadonlyMap<string, readonly string[]>
}

/** The facts of zones, read once for each version: PowerDNS asks for metadata every minute. */
export class KnownFacts {
  private readonly known = new Map<string, { readonly hash: string; readonly facts: DomainFacts }>()

  /**
   * @param origin absolute, in lower case, with the final dot
   * @param hash of the published document
   * @returns undefined if there is no such zone
   * @throws if the ledger cannot be read
   */
  async of(ledgers: Ledgers, origin: string, hash: string): Promise<DomainFacts | undefined> {
    const before = this.known.get(origin)
    if (before?.hash === hash) return before.facts
    const reading = await ledgers.zone(origin).read()
    if (!reading) return undefined
    const document: ZoneDocument = JSON.parse(reading.text)
    const facts = {
      isPrimary: isPrimaryKind(document.api?.kind),
      metadata: new Map(allMetadata(document).map(({ kind, metadata }) => [kind, metadata])),
    }
    this.remember(origin, hash, facts)
    return facts
  }

  private remember(origin: string, hash: string, facts: DomainFacts): void {
    this.known.delete(origin)
    const oldest = this.known.size >= MAX_REMEMBERED_FACTS ? this.known.keys().next().value : undefined
    if (oldest !== undefined) this.known.delete(oldest)
    this.known.set(origin, { hash, facts })
  }
}
