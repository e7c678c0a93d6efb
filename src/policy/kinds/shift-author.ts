import { storeShift } from '../pacing/load.ts'
import type { Stored, Storing } from '../storing.ts'
import type { Policy, Shift } from '../types.ts'

// The part of weights that shift that author time alone needs. They are compiled with the kind `weighted`.

export const identity = ({ from, to, start, end }: Shift): unknown => [from, to, start, end]

export const store = (policy: Shift, { store }: Storing<Policy>): Stored => [
  policy.kind,
  policy.members.map(store),
  ...storeShift(policy),
]
