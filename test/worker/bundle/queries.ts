import { answerQuery as real } from '../../../src/zone/query-path.ts'

export * from '../../../src/zone/query-path.ts'

/** The answer to a query, which tests replace. */
export const replaceable = { answerQuery: real }

export const answerQuery: typeof real = (...input) => replaceable.answerQuery(...input)
