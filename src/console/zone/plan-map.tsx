/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { Change, Plan } from '../../explain/index.ts'
import { MAX_CONSOLE_MAP_NETWORKS, MAX_CONSOLE_PLAN_CHANGES, MAX_CONSOLE_PLAN_MAPS } from '../../limits.ts'
import { CONSOLE_MAP_CSS, CONSOLE_MAP_JS } from '../../static/index.ts'
import { partsOfChange } from '../map/index.ts'
import { HilbertMap } from '../parts/index.ts'

/** Returns the changes of a plan that have a map: those for a part of the clients whose networks are known. */
export const mappedIn = ({ changes }: Plan): ReadonlySet<Change> =>
  new Set(changes.slice(0, MAX_CONSOLE_PLAN_CHANGES).filter(isForSome).slice(0, MAX_CONSOLE_PLAN_MAPS))

function isForSome({ share: { ipv4 }, networks, more = 0 }: Change): boolean {
  return ipv4 !== null && ipv4 > 0 && ipv4 < 1 && more === 0 && networks.length <= MAX_CONSOLE_MAP_NETWORKS
}

/** Returns the files that a page with the plan loads for its maps. */
export const mapFilesOf = (plan: Plan): { readonly styles: readonly string[]; readonly scripts: readonly string[] } =>
  mappedIn(plan).size > 0 ? { styles: [CONSOLE_MAP_CSS], scripts: [CONSOLE_MAP_JS] } : { styles: [], scripts: [] }

/** The networks of a change on the map of all IPv4 addresses: the list beside it says the same. */
export const ChangeMap = ({
  change: { name, type, networks },
  id,
}: {
  readonly change: Change
  readonly id: string
}) => (
  <HilbertMap
    id={id}
    label={`Hilbert map of who gets something else for ${name} ${type}`}
    data={{ source: { parts: partsOfChange(networks) }, shares: [], client: null, otherwise: 'nothing changes' }}
  />
)
