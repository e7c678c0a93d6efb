import type { ZoneDocument } from '../../../src/zone/index.ts'
import { exportZone } from '../../../src/zonefile/index.ts'
import { must } from '../support.ts'
import { compileText, HEAD } from '../zonefile/support.ts'

export const documentOfText = (records: string): ZoneDocument =>
  must(compileText(records.startsWith('$ORIGIN') ? records : `${HEAD}${records}`)).document

/** The zone as a file, with nothing lost. */
export function exportedOf(document: ZoneDocument): string {
  const { text, lost } = exportZone(document)
  if (lost.length > 0) throw new Error(lost.join('\n'))
  return text
}
