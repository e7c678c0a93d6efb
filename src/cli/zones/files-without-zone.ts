import { basename } from 'node:path'
import type { Diagnostic } from '../../zonefile/index.ts'
import { startOf } from './compile-files.ts'
import { expectationsOf, receiversOf, settingsOf, type ZoneFolder } from './folder.ts'

/** Returns an error for each file of a folder that belongs to a zone and is beside none that it could belong to. */
export function filesWithoutZone({ zones, expectations, settings, receivers }: ZoneFolder): Diagnostic[] {
  const masters = zones.filter((file) => file.endsWith('.zone'))
  const error = (file: string, message: string): Diagnostic => ({ ...startOf(file), severity: 'error', message })
  const without = (files: readonly string[], used: readonly string[]): string[] => {
    const known = new Set(used)
    return files.filter((file) => !known.has(file))
  }
  return [
    ...without(expectations, zones.map(expectationsOf)).map((file) => {
      const stem = basename(file).replace(/\.test\.json$/, '')
      return error(file, `there is no zone for these expectations; expected ${stem}.zone or ${stem}.json beside them`)
    }),
    ...without(settings, masters.map(settingsOf)).map((file) => {
      const stem = basename(file).replace(/\.settings\.json$/, '')
      return error(
        file,
        `there is no zone file for these settings; expected ${stem}.zone beside them, or them in a document`,
      )
    }),
    ...without(receivers, masters.map(receiversOf)).map((file) => {
      const stem = basename(file).replace(/\.notify\.json$/, '')
      return error(
        file,
        `there is no zone file for these receivers; expected ${stem}.zone beside them, or "notify" in a document`,
      )
    }),
  ]
}
