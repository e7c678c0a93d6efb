import type { Rdata } from '../dns/index.ts'
import type { CheckReference, Condition } from '../health/index.ts'
import type { Result } from '../result.ts'
import type { Expression, ScriptExpression } from './expression.ts'
import type { DatacenterMap, Policy } from './types.ts'
import type { ZoneBudget } from './zone-budget.ts'

export type Path = readonly (string | number)[]

/** What is wrong in a document, and where in it: `message` says what, and what would be right. */
export type Issue = { readonly path: Path; readonly message: string }

/** Something lawful to tell of a document: a warning, or only advice. */
export type Warning = Issue & { readonly severity?: 'warning' | 'advice' }

/** What compiling needs from outside: how a text becomes RDATA, and where to put what is wrong. */
export type CompileContext = {
  readonly rdata: (text: string) => Result<Rdata>
  /** The rrset, `www.example.com/A`, or the pool around: the beginning of what overrides call a pool. */
  readonly owner: string
  /** Which member of the pool around this is, from 1: the name of a pool that has none. */
  readonly place?: number | 'whenDown'
  /** A check of a target: `own` is what a record leads to, `target` what the zone says to probe instead. */
  readonly check: (reference: CheckReference, own: string | undefined, target: string | undefined) => Result<Condition>
  /** What a record leads to: its address, or the host that it names. */
  readonly target: (rdata: Rdata) => string | undefined
  /** The zone's maps of datacenters, by name. */
  readonly maps?: ReadonlyMap<string, DatacenterMap>
  /** Compiles code, in the context in which it is found. */
  readonly script: (expression: ScriptExpression<Expression>, path: Path, context: CompileContext) => Policy
  /** The budget that is left for all answers of the zone. */
  readonly budget: ZoneBudget
  readonly issues: Issue[]
}

/** Compiles an expression inside of another, in the context that the outer one gives it. */
export type Compile = (expression: Expression, path: Path, context: CompileContext) => Policy
