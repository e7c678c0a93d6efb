import type { Run } from '../script/index.ts'
import type { Evaluation } from './script-run.ts'

/** For functions that a script calls: the evaluation that they are called in. */
export const evaluationOf = (run: Run): Evaluation => run.host as Evaluation
