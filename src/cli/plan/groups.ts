import type { Change, NetworkChange } from '../../explain/index.ts'

/** Networks of a change whose clients get the same, before and after. */
export type Group = {
  readonly prefixes: readonly string[]
  /** The answers of each side: `192.0.2.1`, with its chance if it is not certain; a status if there are no records. */
  readonly before: readonly string[]
  readonly after: readonly string[]
  readonly place: string | undefined
  /** Set if a hash decides for each client: the part of them that gets something else. */
  readonly moved: number | undefined
  /** Set where networks have TTLs of their own. */
  readonly ttl: NetworkChange['ttl']
}

/** Puts the networks of a change together, in the order in which they are first met. */
export function groupsOf({ networks }: Change): readonly Group[] {
  const groups = new Map<string, Group & { readonly prefixes: string[] }>()
  for (const network of networks) {
    const { prefix, place, moved, ttl } = network
    const before = sideOf(network, 'before')
    const after = sideOf(network, 'after')
    const id = JSON.stringify([place, before, after, moved, ttl])
    const group = groups.get(id)
    if (group) group.prefixes.push(prefix)
    else groups.set(id, { prefixes: [prefix], before, after, place, moved, ttl })
  }
  return [...groups.values()]
}

function sideOf(network: NetworkChange, side: 'before' | 'after'): readonly string[] {
  const records = network[side].map(({ data, probability, name, type }) => {
    const text = [name, type, data].filter((word) => word !== undefined).join(' ')
    return withChance(text, probability)
  })
  const endings = (network.status?.[side] ?? []).filter(({ ending }) => ending !== 'records')
  return [
    ...records,
    ...endings.map(({ status, ending, probability }) => withChance(`${status}, ${ending}`, probability)),
  ]
}

/** Returns the text alone if it is certain. */
function withChance(text: string, probability: string | null): string {
  if (probability === '1') return text
  return probability === null ? `${text} (chance not computed)` : `${text} (${percent(ratio(probability))})`
}

function ratio(fraction: string): number {
  const [over = '0', under = '1'] = fraction.split('/')
  return Number(over) / Number(under)
}

/** Returns `33.33 %`; parts that are not 0 do not look like it. */
export function percent(part: number): string {
  const rounded = part * 100
  return `${rounded === 0 || rounded >= 0.01 ? Number(rounded.toFixed(2)) : Number(rounded.toPrecision(2))} %`
}

/** Says whose networks these are; a long list is cut. */
export function whoText({ prefixes, place }: Group, most: number): string {
  const isEveryone = prefixes.length === 2 && prefixes[0] === '0.0.0.0/0' && prefixes[1] === '::/0'
  const listed = prefixes.slice(0, most).join(' ')
  const more = prefixes.length - most
  const networks = isEveryone
    ? 'everyone'
    : more > 0
      ? `${listed} and ${more} more ${more === 1 ? 'network' : 'networks'}`
      : listed
  if (place === undefined) return networks
  return isEveryone ? `from ${place}` : `from ${place}: ${networks}`
}
