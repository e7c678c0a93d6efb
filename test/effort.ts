/** The only difference between `npm run test:quick`, `npm test` and `npm run test:soak`. */
type Effort = 'quick' | 'usual' | 'soak'

const EFFORT = (process.env.TEST_EFFORT ?? 'usual') as Effort

/** `TEST_TIMES=20 npm run test:soak` takes minutes in place of hours. */
const TIMES: Readonly<Record<Effort, number>> = { quick: 0.1, usual: 1, soak: Number(process.env.TEST_TIMES ?? 500) }

/**
 * Returns how often a random case runs. `most` is for cases that compare frequencies: whoever looks often enough meets
 * one chance in a million.
 */
export const runCount = (usual: number, most = Number.POSITIVE_INFINITY): number =>
  Math.ceil(Math.min(usual * TIMES[EFFORT], Math.max(usual, most)))

/** True unless the random cases are too few to cover every ingredient. */
export const meetsAll: boolean = EFFORT !== 'quick'

/** True in `npm run test:soak`, whose random cases differ in each run. */
export const isSoak: boolean = EFFORT === 'soak'

/** Returns slow rows in `npm run test:soak`, otherwise none. */
export const inSoak = <Row>(rows: readonly Row[]): readonly Row[] => (isSoak ? rows : [])
