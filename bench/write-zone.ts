import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { largeZone, valuesOf } from './zones.ts'

/** `node bench/write-zone.ts RECORDS VERSION FOLDER`: compiles a large zone, and writes KV's values as files. */
const [records, version, folder] = process.argv.slice(2)
for (const [key, value] of await valuesOf(largeZone(Number(records), Number(version)))) {
  writeFileSync(join(`${folder}`, encodeURIComponent(key)), value)
}
