import type * as v from 'valibot'
import type { Builders } from '../builders.ts'
import type { Path } from '../issues.ts'
import type { PlaceAttribute } from '../locate-by.ts'
import type { LocatedClient } from '../location.ts'
import { STEPS_A_SCRIPT } from '../steps.ts'
import type { Inner, Trace } from './kind.ts'

/**
 * Lua code, as PowerDNS has it in a LUA record. The other fields are made from `code` at author time. `tree`: the code
 * as `checkTree` reads it. `parts`: the calls whose arguments are known, which the tree names `pickrandom 1`, or which
 * have the computed arguments as JSON in `args`. `includes`: the names of the included code in the document's
 * `scripts`. `asks`: queries may compute checks that no part has; `all lists` if their backups look at all lists, as
 * before PowerDNS 5.1.
 */
export interface ScriptExpression<E> {
  readonly kind: 'lua'
  readonly code: string
  readonly tree?: unknown
  readonly parts?: readonly ScriptPart<E>[] | undefined
  readonly includes?: readonly string[] | undefined
  readonly asks?: true | 'all lists' | undefined
}

export type ScriptPart<E> = { readonly call: string; readonly args?: string | undefined; readonly answer: E }

/** Code that computes an answer from the query. Only its compiler knows the language. `I` and `D` are evaluation's. */
export interface Script<P = unknown, I = never, D = unknown, S = never> {
  readonly kind: 'script'
  /** The policies that its calls evaluate. */
  readonly policies: readonly P[]
  /** True if it may read who asks, beside its policies. */
  readonly usesClients: boolean
  /** True if it may read the location of a client. */
  readonly usesPlaces: boolean
  /** True if it may read the locations of the addresses that it chooses from. */
  readonly usesClosest: boolean
  /** True if a query may compute checks that no document has. */
  readonly asksTargets: boolean
  /**
   * @param decide evaluates one of `policies` with the same input, and keeps duplicates
   * @param trace gets the run's step, and those of its calls
   */
  run(input: I, decide: Decide<P, D, S>, trace: Trace<S> | undefined): D
}

export type Decide<P, D, S> = (policy: P, trace: Trace<S> | undefined) => D

/** The input and the result of a script; the steps of the functions that it called follow. */
export type RunStep = {
  readonly step: 'script'
  /** The parts of the query that it read: `bestwho`, `geo`, `qname`, …; `chance`, if it drew by itself. */
  readonly read: readonly string[]
  /** The steps that it took of its budget. */
  readonly steps: number
  /** The result in a few words; for an error a `fail` step follows. */
  readonly returned: string
}

/** A script read an attribute of the client's location. */
type PlaceStep = LocatedClient & { readonly step: 'place'; readonly by: PlaceAttribute }

/** A script compared the client's location with a list: PowerDNS's function of that name. */
export type IsInStep = {
  readonly step: 'country' | 'continent' | 'region' | 'asnum'
  /** In lower case; or `unknown`. */
  readonly value: string
  readonly wanted: readonly string[]
  readonly holds: boolean
}

/** A script called a health function with arguments that no document has: its checks are known from this query on. */
export type AskedStep = { readonly step: 'asked'; readonly call: string; readonly targets: number }

/** The states of the pools of a name are the answer: `_health.www` tells those of `www`. */
export type HealthStep = {
  readonly step: 'health'
  readonly pools: number
  readonly members: number
  readonly records: number
}

export type ScriptStep = RunStep | PlaceStep | IsInStep | AskedStep | HealthStep

export const schema = <E>({ v, object }: Builders, answer: v.GenericSchema<E>) =>
  object({
    kind: v.literal('lua'),
    code: v.string('expected the Lua code as a text'),
    // `checkTree` validates the tree: it nests deeper than the library could follow.
    tree: v.optional(v.unknown()),
    parts: v.optional(v.array(object({ call: v.string(), args: v.optional(v.string()), answer }))),
    includes: v.optional(v.array(v.string())),
    asks: v.optional(v.union([v.literal(true), v.literal('all lists')])),
  })

/** The language's own room compiles it. */
export const compile = <E, P, C extends Scripts<E, P, C>>(expression: ScriptExpression<E>, path: Path, context: C): P =>
  context.script(expression, path, context)

type Scripts<E, P, C> = { readonly script: (expression: ScriptExpression<E>, path: Path, context: C) => P }

export const steps = (): number => STEPS_A_SCRIPT

export const inside = <E>({ parts = [] }: ScriptExpression<E>): Inner<E>[] =>
  parts.map(({ answer }, i) => [answer, ['parts', i, 'answer']])
