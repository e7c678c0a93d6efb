import { unreachable } from '../result.ts'
import { outcomeNumbers } from './outcome-numbers.ts'
import type { ClientChoice, Table } from './over-clients.ts'
import { textsOf } from './stored.ts'
import type { Policy } from './types.ts'

/**
 * Tells a choice of the client in a word: its kind, and its branch. Alternatives that answer alike are one branch, as
 * they are for scopes: its word lists them, and is the same for all clients of an ECS scope.
 */
function branchWord(choice: ClientChoice): string {
  switch (choice.by) {
    case 'table':
      return tableWord(choice.policy, choice.member)
    case 'distance':
      return `${choice.policy.nearest?.select ?? choice.policy.select}:${fromOne(choice.order)}`
    case 'address':
      return `${'select' in choice.policy ? choice.policy.select : choice.policy.kind}:each address`
    case 'code':
      return 'script:by client'
    default:
      return unreachable(choice)
  }
}

export const branchWords = (choices: readonly ClientChoice[]): string => choices.map(branchWord).join(' ')

function tableWord(policy: Table, member: Policy): string {
  if ('branches' in policy) return `${policy.kind}:${namesOf(policy).get(member) ?? OTHERWISE}`
  const order = 'parts' in member ? member.parts.map(({ datacenter }) => datacenter) : []
  return `${policy.kind}:${order.length > 0 ? order.join() : 'none'}`
}

const OTHERWISE = 'otherwise'

/** The choices that lead from networks and places to members. */
type Branches = Extract<Table, { readonly branches: unknown }>

/** Cached: a partition of the address space asks for each network. */
const names = new WeakMap<Branches, ReadonlyMap<Policy, string>>()

/** Returns the name of the branch that each member belongs to. */
function namesOf(policy: Branches): ReadonlyMap<Policy, string> {
  const known = names.get(policy)
  if (known) return known
  const made = branchNames(policy)
  names.set(policy, made)
  return made
}

/** Alternatives that a branch names; the others are counted. */
const MAX_NAMED = 4

function branchNames(policy: Branches): Map<Policy, string> {
  const { members, branches } = policy
  const outcomes = 'outcomes' in policy ? policy.outcomes : outcomeNumbers(members)
  const last = outcomes.at(-1)
  const keys = new Map<number | undefined, Set<string>>()
  const add = (key: string, branch: number | undefined): void => {
    const outcome = outcomes[branch as number]
    const listed = keys.get(outcome) ?? new Set()
    keys.set(outcome, listed.add(key))
  }
  // The first decides of a network that is there twice.
  const seen = new Set<string>()
  textsOf(policy.networks).forEach((text, i) => {
    if (!seen.has(text)) add(text, branches[i])
    seen.add(text)
  })
  if ('levels' in policy) {
    for (const [id, branch] of policy.levels.entries()) add(id.slice(id.indexOf(' ') + 1), branch)
  }
  const nameOf = (outcome: number | undefined): string =>
    outcome === last ? OTHERWISE : listText([...(keys.get(outcome) ?? [])])
  return new Map(members.map((member, i) => [member, nameOf(outcomes[i])]))
}

function listText(keys: readonly string[]): string {
  const more = keys.length - MAX_NAMED
  return more > 0 ? `${keys.slice(0, MAX_NAMED).join()} and ${more} more` : keys.join()
}

/** Members count from 1 for people. */
const fromOne = (order: string): string => order.replace(/\d+/g, (index) => String(Number(index) + 1))
