import { runRound as real } from '../../../src/health/index.ts'

export * from '../../../src/health/index.ts'

/** Rounds of probes, whose probes tests replace. */
export const replaceable = { runRound: real }

export const runRound: typeof real = (options) => replaceable.runRound(options)
