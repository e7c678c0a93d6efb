import { createTwoFilesPatch } from 'diff'
import { MAX_DIFF_EDITS } from '../../limits.ts'
import type { ZoneDocument } from '../../zone/index.ts'
import { exportZone } from '../../zonefile/index.ts'

/** Writes a document as a zone file. @param text JSON of a document that was valid when it was stored */
export const zoneFileText = (text: string): string => exportZone(JSON.parse(text) as ZoneDocument).text

/** One version of a zone for a comparison: the text of its document, null if there was no zone; and its name. */
export type Compared = { readonly text: string | null; readonly label: string }

/**
 * Compares two versions as zone files, line by line, in the unified format.
 * @returns undefined if there are too many differences to tell
 */
export function zoneDiff(before: Compared, after: Compared): string | undefined {
  const [one, other] = [before, after].map(({ text }) => (text === null ? '' : unaligned(zoneFileText(text))))
  return createTwoFilesPatch(before.label, after.label, one ?? '', other ?? '', undefined, undefined, {
    context: 3,
    headerOptions: { includeIndex: false, includeUnderline: false, includeFileHeaders: true },
    maxEditLength: MAX_DIFF_EDITS,
  })
}

/** Columns are as wide as the longest owner: a new name must not change all other lines. Data has no runs of blanks. */
const unaligned = (zoneFile: string): string => zoneFile.replace(/^(\S+) +((?:\d+ +)?IN )/gm, '$1 $2')
