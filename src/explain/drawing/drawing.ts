import type { Condition, Health, Status } from '../../health/index.ts'
import { MAX_DRAWN_BRANCHES, MAX_DRAWN_NODES, MAX_DRAWN_RECORDS } from '../../limits.ts'
import { UNMETERED } from '../../meter.ts'
import { CHOICE_TEXTS, contains, membersOf, type Policy, resolvePool, type UndrawnInput } from '../../policy/index.ts'
import { labelsOf } from './labels.ts'
import { sharesOf } from './shares.ts'
import { poolText, shiftText } from './texts.ts'
import type { DrawnBranch, DrawnNode, DrawnState } from './types.ts'

type Pool = Extract<Policy, { kind: 'pool' | 'failover' }>

/** A map of datacenters. */
type Mapped = Extract<Policy, { readonly orders: unknown }>

/**
 * Draws a policy as a tree: what chooses, the ways out with their chances, and the state of each target, as health is.
 * Large policies are cut: each node says how much is left out.
 */
export const drawPolicy = (policy: Policy, health: Health, hasReasons = true): DrawnNode =>
  new Drawing(health, hasReasons).node(policy)

/** Nobody in particular: chances are over all clients. */
const NOBODY = { client: { family: 1, bytes: new Uint8Array(4) }, name: '' } as const

class Drawing {
  private left = MAX_DRAWN_NODES
  private readonly input: UndrawnInput
  private readonly hasReasons: boolean

  constructor(health: Health, hasReasons: boolean) {
    this.input = { ...NOBODY, health }
    this.hasReasons = hasReasons
  }

  node(policy: Policy): DrawnNode {
    this.left--
    if ('orders' in policy) return this.byMap(policy)
    switch (policy.kind) {
      case 'values':
        return recordsNode(policy.rdatas.map(({ text }) => text))
      case 'fail':
        return { kind: 'fail', text: `${policy.refused ? 'REFUSED' : 'SERVFAIL'}: ${policy.why}` }
      case 'pool':
      case 'failover':
        return this.pool(policy, poolText(policy))
      case 'view':
      case 'networks':
      case 'geo': {
        const labels = labelsOf(policy)
        return {
          kind: policy.kind,
          text: CHOICE_TEXTS[policy.kind],
          ...this.branches(policy.members, (i) => ({ label: labels[i] as string })),
        }
      }
      case 'script':
        return {
          ...{ kind: 'script', text: 'Lua code decides for each query' },
          ...this.branches(policy.policies, (i) => ({ label: `call ${i + 1}`, chance: null })),
        }
      default: {
        const shares = sharesOf(policy, membersOf(policy), this.input)
        const text = policy.kind === 'shift' ? shiftText(policy, this.input.health.now) : CHOICE_TEXTS[policy.kind]
        const weights = weightsOf(policy)
        return {
          ...{ kind: policy.kind, text },
          ...this.branches(membersOf(policy), (i) => ({
            label: weights ? `weight ${weights[i]}` : `member ${i + 1}`,
            chance: shares[i] ?? null,
          })),
        }
      }
    }
  }

  private byMap(policy: Mapped): DrawnNode {
    const text = `datacenters in the order that the map ${policy.map.name} has for the client`
    const node = this.pool({ ...policy, kind: 'failover' }, text)
    // The order is the client's: nobody in particular has one.
    return { ...node, kind: policy.kind, branches: node.branches?.map(withoutChance) ?? [] }
  }

  private pool(policy: Pool, text: string): DrawnNode {
    const { health } = this.input
    const { members, policy: chosen, live, unknown, forced, from } = resolvePool(policy, this.input, UNMETERED)
    // Nobody in particular is at no place, and in no network.
    const isByClient = policy.members.some((member) => contains(member, choosesByClient))
    const shares = 'nearest' in policy || isByClient ? undefined : sharesOf(chosen, policy.members, this.input)
    const states = new Map(members.map((member) => [member.index, member]))
    const isFailover = policy.kind === 'failover'
    const branchOf = (i: number): Omit<DrawnBranch, 'to'> => {
      const chance = shares ? (shares[i] as number) : null
      const member = states.get(i)
      if (!member) return { label: 'when all are down', chance }
      const { part, weight, state, real, stale, forced } = member
      const words = [
        ...(part.datacenter === undefined ? [] : [part.datacenter]),
        isFailover ? `level ${i + 1}` : readsWeights(policy) ? `weight ${weight ?? part.weight}` : `member ${i + 1}`,
      ]
      return {
        ...{ label: words.join(', '), chance },
        state: {
          ...{ state, real },
          ...(part.condition && targetOf(part.condition, health, this.hasReasons)),
          ...(forced && this.hasReasons && { forced: { force: forced.force, by: forced.by, why: forced.why } }),
          ...(stale && { stale: true as const }),
        },
      }
    }
    const isBad = (i: number): boolean => states.get(i)?.state !== 'up'
    const word = live ? 'up' : 'down'
    const tail = isByClient ? '; it depends on the client which are up' : from === 'members' ? '' : `; ${DOWN[from]}`
    return {
      ...{ kind: policy.kind, text: `${text}${tail}`, name: policy.name },
      state: {
        ...{ state: forced?.force ?? word, real: unknown ? 'unknown' : word },
        ...(forced && this.hasReasons && { forced: { force: forced.force, by: forced.by, why: forced.why } }),
      },
      ...this.branches(policy.members, branchOf, isBad),
    }
  }

  /**
   * Draws some of the members: those that are told apart come first if there are too many, in the order of the zone.
   */
  private branches(
    members: readonly Policy[],
    branchOf: (i: number) => Omit<DrawnBranch, 'to'>,
    isTold: (i: number) => boolean = () => false,
  ): Pick<DrawnNode, 'branches' | 'more'> {
    const most = Math.max(0, Math.min(MAX_DRAWN_BRANCHES, this.left))
    const shown = indicesOf(members.length, most, isTold)
    // A member takes its place before what is inside of the others.
    this.left -= shown.length
    const branches = shown.map((i) => {
      this.left++
      return { ...branchOf(i), to: this.node(members[i] as Policy) }
    })
    const more = members.length - shown.length
    return { branches, ...(more > 0 && { more }) }
  }
}

/** True for a choice by the client's network or place, which the states of what is around may depend on. */
const choosesByClient = ({ kind }: Policy): boolean => kind === 'view' || kind === 'networks' || kind === 'geo'

const DOWN = {
  all: 'all are down, so that all are taken as if they were up',
  first: 'all are down, so that the first is taken as if it were up',
  'last-known': 'all are down, so that what was up last is taken',
  last: 'all are down, so that the answer for that case is taken',
  nodata: 'the answer is NODATA',
  servfail: 'the answer is SERVFAIL',
  refused: 'the answer is REFUSED',
} as const

function recordsNode(texts: readonly string[]): DrawnNode {
  const records = texts.slice(0, MAX_DRAWN_RECORDS)
  const more = texts.length - records.length
  const text = texts.length === 0 ? 'NODATA' : texts.length === 1 ? '1 record' : `${texts.length} records`
  return { kind: 'records', text, records, ...(more > 0 && { more }) }
}

/** Returns the indices of those that are drawn: half of the places are for what is told apart. */
function indicesOf(count: number, most: number, isTold: (i: number) => boolean): readonly number[] {
  const all = Array.from({ length: count }, (_, i) => i)
  if (count <= most) return all
  const chosen = new Set(all.filter(isTold).slice(0, Math.floor(most / 2)))
  for (let i = 0; chosen.size < most; i++) chosen.add(i)
  return [...chosen].sort((a, b) => a - b)
}

function targetOf(
  condition: Condition,
  health: Health,
  hasReasons: boolean,
): Pick<DrawnState, 'check' | 'target' | 'why' | 'since'> {
  if (condition.kind === 'every') return {}
  const { check, target } = condition
  if (condition.kind !== 'probe' || !hasReasons) return { check, target }
  const status: Status = health.status(condition)
  const witness = health.witnesses(condition.probe, condition.stale).find(({ state }) => state.state === status.real)
  return {
    ...{ check, target },
    ...(witness && status.real === 'down' && witness.state.why !== '' && { why: witness.state.why }),
    ...(witness && witness.state.since > 0 && { since: new Date(witness.state.since * 1000).toISOString() }),
  }
}

const withoutChance = (branch: DrawnBranch): DrawnBranch => ({ ...branch, chance: null })

const weightsOf = (policy: Policy): readonly number[] | undefined =>
  'weights' in policy ? policy.weights : policy.kind === 'shift' ? policy.to : undefined

const readsWeights = (policy: Pool): boolean => policy.kind === 'pool' && WEIGHTED.test(policy.select)

const WEIGHTED = /weighted|grouped|consistent/
