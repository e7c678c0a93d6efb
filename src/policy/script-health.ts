import { hostFunctionsOf, type LuaFunction } from '../script/index.ts'
import { evaluationOf } from './evaluation-of.ts'

/** How many arguments each of PowerDNS's health functions takes at most. */
const MOST = { ifportup: 3, ifurlextup: 2, ifurlup: 3, pickselfweighted: 3 } as const

type HealthFunction = keyof typeof MOST

/** The functions whose targets are probed. */
export const HEALTH_FUNCTION_NAMES = Object.keys(MOST) as readonly HealthFunction[]

/** PowerDNS's health functions for arguments that are computed. */
export const HEALTH_FUNCTIONS: ReadonlyMap<string, LuaFunction> = hostFunctionsOf(MOST, {
  ifportup: (args, run, name) => evaluationOf(run).healthCall(name, args, run),
  ifurlextup: (args, run, name) => evaluationOf(run).healthCall(name, args, run),
  ifurlup: (args, run, name) => evaluationOf(run).healthCall(name, args, run),
  pickselfweighted: (args, run, name) => evaluationOf(run).healthCall(name, args, run),
})
