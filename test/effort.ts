/** The only difference between `npm test` and `npm run test:soak`. */
type Effort = 'usual' | 'soak'

const EFFORT = (process.env.TEST_EFFORT ?? 'usual') as Effort

/**
 * The factor of the number that a test gives: of a given 100, `npm test` runs 15. `TEST_TIMES=20 npm run test:soak`
 * takes minutes in place of hours.
 */
const TIMES: Readonly<Record<Effort, number>> = { usual: 0.15, soak: Number(process.env.TEST_TIMES ?? 500) }

/**
 * Returns how often a random case runs, of the number `given` for it. `most` is for cases that compare frequencies:
 * whoever looks often enough meets one chance in a million.
 */
export const runCount = (given: number, most = Number.POSITIVE_INFINITY): number =>
  Math.ceil(Math.min(given * TIMES[EFFORT], Math.max(given, most)))

/** True in `npm run test:soak`, whose random cases differ in each run. */
export const isSoak: boolean = EFFORT === 'soak'

/** Returns slow rows in `npm run test:soak`, otherwise none. */
export const inSoak = <Row>(rows: readonly Row[]): readonly Row[] => (isSoak ? rows : [])
