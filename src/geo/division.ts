import type { ScopeMap } from '../net/index.ts'
import type { Database } from './database.ts'
import type { Place } from './place.ts'

/** What places come to, by a policy: the same outcome is the same answer, so that a border between them limits no scope. */
export type Division = {
  /** Divisions of the same id divide alike: what is remembered of one holds for the other. */
  readonly id: string
  /** The fields of a place that it looks at; all where it is left out. */
  readonly reads?: ReadonlySet<keyof Place>
  /** @param database where addresses of the policy's own are looked up */
  readonly outcome: (place: Place, database: Database) => Outcome
  /** Networks that decide before the place does, by their index in the map. */
  readonly networks?: { readonly map: ScopeMap; readonly outcomes: readonly Outcome[] }
}

export type Outcome = string | number
