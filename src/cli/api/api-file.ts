import { existsSync } from 'node:fs'
import { hashText, sourceOf } from '../../store/index.ts'
import type { ZoneDocument } from '../../zone/index.ts'
import { originOf, type ZoneRead } from '../publish/read-zones.ts'
import type { CompiledFile } from '../zones/compile-files.ts'
import { expectationsOf } from '../zones/folder.ts'
import { readText } from '../zones/read-text.ts'

/** A zone of a file, as the API takes it. */
export type ApiFile = ZoneRead & {
  /** With the final dot. */
  readonly origin: string
  readonly serial: number
  /** The hash that the catalog has of this document. */
  readonly hash: string
  readonly document: ZoneDocument
  /** The JSON of the tests beside it. */
  readonly expectations: string | undefined
}

/** Keeps of a compiled file what goes to the API. Its expectations are valid by then. */
export async function apiFile({ file, zone, document, warnings, included }: CompiledFile): Promise<ApiFile> {
  const { text } = await sourceOf(document)
  return {
    file,
    zone: { origin: zone.origin },
    warnings,
    included,
    origin: `${originOf(zone)}.`,
    serial: zone.serial,
    hash: await hashText(text),
    document,
    expectations: expectationsTextOf(file),
  }
}

function expectationsTextOf(file: string): string | undefined {
  const beside = expectationsOf(file)
  const text = existsSync(beside) ? readText(beside) : undefined
  return text?.ok ? text.value : undefined
}
