import { SCRIPT_TRIES } from '../limits.ts'
import { hasScript, overClients, type Policy, reachOf, type Script, type UndrawnInput } from '../policy/index.ts'
import type { Decided } from './branch.ts'
import type { Lens } from './every-way.ts'
import { type Probabilities, probabilities } from './probability.ts'
import { enumerateScript } from './script-outcomes.ts'

/** A walk takes about the time of so many visits of a policy. */
const STEPS_A_WALK = 16

/** Adds up what the client decides on a walk, over all ways that chance and hashes can take. */
export class ReachLens implements Lens {
  readonly view = overClients
  scope = 0
  hashes = 0
  steps = STEPS_A_WALK
  /** The choices of each policy; undefined if only a run of a script tells. */
  paths: string[] | undefined = []
  readonly decided: Decided[] = []

  see(policy: Policy, input: UndrawnInput): void {
    const { scope, hashes, path, steps, choices } = reachOf(policy, input, scopeOfScript(input))
    this.scope = Math.max(this.scope, scope)
    this.hashes += hashes
    this.steps += steps + (hasScript(policy) ? SCRIPT_TRIES : 0)
    this.decided.push({ name: input.name, choices })
    if (path === undefined) this.paths = undefined
    else this.paths?.push(path)
  }
}

const overAll = (policy: Policy, input: UndrawnInput): Probabilities => probabilities(policy, input, 'all', overClients)

export const scopeOfScript =
  (input: UndrawnInput) =>
  (script: Script): number =>
    enumerateScript(script, input, overAll).scope

/** Stands for chance where chances are computed, and nothing is drawn. */
export const NO_CHANCE = (): number => {
  throw new Error('something was drawn where only chances are computed')
}
