import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseType } from '../../../src/dns/index.ts'
import type { Result } from '../../../src/result.ts'
import {
  type CompiledSource,
  type CompileOptions,
  compileSource,
  type Diagnostic,
  type Include,
} from '../../../src/zonefile/index.ts'

import { must } from '../support.ts'

/** Zone files in the manner of what people publish. No part of them is copied from anywhere. */
const folder = fileURLToPath(new URL('../../fixtures/corpus', import.meta.url))

const filesIn = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort()

export const corpusFiles: readonly string[] = filesIn(folder)

/** The files that others of the corpus include, by the names that they have in `$INCLUDE`. */
export const includedFiles: readonly string[] = filesIn(join(folder, 'inc')).map((name) => `inc/${name}`)

export const readCorpus = (file: string): string => readFileSync(join(folder, file), 'utf8')

const include: Include = (path) =>
  includedFiles.includes(path)
    ? { ok: true, value: { file: path, text: readCorpus(path) } }
    : { ok: false, error: `no file ${basename(path)}; expected one of the corpus` }

/** Compiles a file of the corpus, or another text under its name. */
export const compileCorpus = (
  file: string,
  text = readCorpus(file),
  options: CompileOptions = {},
): Result<CompiledSource, readonly Diagnostic[]> => compileSource({ file, text }, include, options)

/** A question of the corpus, with the full name. The type has a form that the tests' DNS library always accepts. */
export type CorpusQuestion = { readonly name: string; readonly type: string }

/**
 * The questions that a file is asked: each name with each type that it has, and with A; a name that there is not; and
 * those of its comments `; also ask: NAME TYPE`, which name what wildcards and scripts answer.
 */
export function questionsOf(text: string, { origin, records }: CompiledSource['document']): CorpusQuestion[] {
  const own = Object.entries(records ?? {}).flatMap(([owner, types]) =>
    [...new Set([...Object.keys(types), 'A'])].map((type): [string, string] => [owner, type]),
  )
  const asked = [...text.matchAll(/^; also ask: (\S+) (\S+)$/gm)].map(
    ([, owner, type]) => [owner, type] as [string, string],
  )
  const zone = origin.replace(/\.$/, '')
  return [['@', 'SOA'], ['no-such-name', 'A'], ...own, ...asked].map(([owner = '', type = '']) =>
    corpusQuestion(zone, owner, type),
  )
}

export const corpusQuestion = (zone: string, owner: string, type: string): CorpusQuestion => ({
  name: (owner === '@' ? zone : `${owner}.${zone}`).toLowerCase(),
  type: `UNKNOWN_${must(parseType(type))}`,
})
