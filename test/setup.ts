import fc from 'fast-check'
import { isSoak } from './effort.ts'

/** The random cases of `npm test` are the same in each run, so that its verdict does not depend on chance. */
if (!isSoak) fc.configureGlobal({ seed: 20_261_122 })
