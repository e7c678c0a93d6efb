import { type HostRow, hostFunctionsOf, type LuaFunction } from '../lua-vm/index.ts'
import { WRITTEN } from './arguments.ts'
import { evaluationOf } from './script-host.ts'

/** The largest number of arguments that each of PowerDNS's health functions takes. */
const MOST = { ifportup: 3, ifurlextup: 2, ifurlup: 3, pickselfweighted: 3 } as const

type HealthFunction = keyof typeof MOST

/** The functions whose targets are probed. */
export const HEALTH_FUNCTION_NAMES = Object.keys(MOST) as readonly HealthFunction[]

const row = (most: number): HostRow => [
  most,
  WRITTEN,
  (args, run, name) => evaluationOf(run).healthCall(name, args, run),
]

/** PowerDNS's health functions for arguments that are computed. */
export const HEALTH_FUNCTIONS: ReadonlyMap<string, LuaFunction> = hostFunctionsOf(
  Object.fromEntries(Object.entries(MOST).map(([name, most]) => [name, row(most)])),
)
