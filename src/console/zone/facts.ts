import { ok, type Result } from '../../result.ts'
import type { ApiFault, Visit } from '../visit.ts'
import { absolute, apiPath, zoneIn } from './paths.ts'

/** A change as the API's history lists it. A deletion has no hash. */
export type ChangeRow = {
  readonly id: number
  readonly time: string | null
  readonly author: string
  readonly reason: string | null
  readonly serial: number
  readonly hash: string | null
}

/** A zone as its pages show it above all else. */
export type ZoneFacts = {
  /** The zone as the path of the page has it. */
  readonly zone: string
  readonly newest: ChangeRow
  /** All changes that are kept, the newest first. */
  readonly changes: readonly ChangeRow[]
}

/** A zone that is edited, which may not be there yet. */
export type EditedZone = Pick<ZoneFacts, 'zone' | 'changes'> & { readonly newest: ChangeRow | undefined }

/** Reads the zone of the page's path; one that is not there is empty for a key that may make it. */
export async function editedZoneOf(visit: Visit): Promise<Result<EditedZone, ApiFault>> {
  const facts = await factsOf(visit)
  if (facts.ok || facts.error.status !== 404) return facts
  const zone = zoneIn(visit.params.zone ?? '')
  const mayMake = visit.may({ kind: 'write-zone', origin: absolute(zone) })
  return mayMake ? ok({ zone, newest: undefined, changes: [] }) : facts
}

/** Reads the zone of the page's path. */
export async function factsOf(visit: Visit): Promise<Result<ZoneFacts, ApiFault>> {
  const zone = zoneIn(visit.params.zone ?? '')
  const history = await visit.read<{ readonly changes: readonly ChangeRow[] }>(apiPath(zone, 'history'))
  if (!history.ok) return history
  const { changes } = history.value
  return ok({ zone, newest: changes[0] as ChangeRow, changes })
}

/** The authors of versions that did not come through the API. */
const PUBLISHER = 'publish'
const BY_HAND = 'kv'

/** Says who owns a zone, as far as its newest version tells: a file, somebody who writes into KV, or the API. */
export function ownerOf({ author }: ChangeRow): { readonly word: string; readonly advice?: string } {
  if (author === PUBLISHER) {
    return {
      word: 'a file, by publish',
      advice: 'The next publication of its file replaces what is changed here. Change the file, too.',
    }
  }
  if (author === BY_HAND) return { word: 'a document that somebody put into KV' }
  return { word: `the API, by ${author}` }
}
