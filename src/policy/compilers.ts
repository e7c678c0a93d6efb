import { compileGeoTable } from './compile-geo-table.ts'
import { compileMembers } from './compile-members.ts'
import { compileNearest } from './compile-nearest.ts'
import { compileRing } from './compile-ring.ts'
import type { Kinds } from './context.ts'
import { refuseUnread } from './refuse-unread.ts'

/**
 * The compilers of the parts that kinds share. They are passed in, because a query needs the file of a kind, and
 * compiles nothing: a bundler that splits code takes files whole.
 */
export const COMPILERS = { compileGeoTable, compileMembers, compileNearest, compileRing, refuseUnread }

/** All that a kind is compiled with. */
export type Compilers<E, P> = Kinds<E, P> & typeof COMPILERS
