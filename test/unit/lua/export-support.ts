import type { ZoneDocument } from '../../../src/zone/index.ts'
import { exportZone } from '../../../src/zonefile/index.ts'
import { must } from '../support.ts'
import { compileText, HEAD } from '../zonefile/support.ts'

export const documentOfText = (records: string): ZoneDocument =>
  must(compileText(records.startsWith('$ORIGIN') ? records : `${HEAD}${records}`)).document

export const exportedOf = (document: ZoneDocument): string => must(exportZone(document))
