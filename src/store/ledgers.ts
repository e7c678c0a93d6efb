/**
 * A ledger's answer to the writer of the catalog, who has found another document under the zone's key, or none. `same`:
 * the ledger's own version stays. `adopted`: it is a change of the ledger now, which publishes it if KV lacks anything.
 */
export type Noticed = { readonly kind: 'same' | 'adopted' | 'refused'; readonly why?: string | undefined }

/** The ledgers of zones, as the writer of the catalog sees them. Origins are as in `zoneKey`. */
export type ZoneLedgers = {
  /** Returns true if the zone is written through a ledger. */
  owns(origin: string): boolean
  /** Tells a ledger to look at the zone's key. It rejects if the ledger cannot be reached, and may hang. */
  notice(origin: string): Promise<Noticed>
}
