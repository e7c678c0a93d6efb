import type { Run } from '../lua-vm/index.ts'
import type { Evaluation } from './script-run.ts'

/** For functions that a script calls: the evaluation that they are called in. */
export const evaluationOf = (run: Run): Evaluation => run.host as Evaluation
