import fc from 'fast-check'
import { afterAll } from 'vitest'
import { isSoak } from './effort.ts'
import { removeFolders } from './unit/cli/support.ts'

/** The random cases of `npm test` are the same in each run, so that its verdict does not depend on chance. */
if (!isSoak) fc.configureGlobal({ seed: 20_261_122 })

afterAll(removeFolders)
