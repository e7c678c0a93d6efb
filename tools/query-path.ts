import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'

/** The most octets, compressed by gzip, that an isolate may have to load before it answers its first query. */
export const MAX_QUERY_PATH_GZIP = 60_000

/** All that an entry imports statically, directly or not: what is loaded before anything runs. */
export type StaticGraph = {
  readonly bytes: number
  readonly gzip: number
  /** The octets of each file that is in it. */
  readonly files: ReadonlyMap<string, number>
  /** The characters beyond ASCII in all of the code, also in what is loaded later. */
  readonly beyondAscii: readonly string[]
}

/**
 * Builds an entry as wrangler does, minified, but split at its dynamic imports, and measures the static part. A bundler
 * takes files whole there: a file that both parts use is in the static one, with all that either uses of it.
 */
export async function staticGraphOf(root: string, entry: string): Promise<StaticGraph> {
  const { metafile, outputFiles } = await build({
    ...{ absWorkingDir: root, entryPoints: [entry], outdir: 'dist', write: false, metafile: true, logLevel: 'silent' },
    ...{ bundle: true, splitting: true, minify: true, format: 'esm', target: 'es2024' },
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
  })
  const chunks = staticChunks(metafile, entry)
  const texts = outputFiles.filter(({ path }) => chunks.some((chunk) => path === join(root, chunk)))
  const all = Buffer.concat(texts.map(({ contents }) => contents))
  const files = new Map(
    chunks.flatMap((chunk) =>
      Object.entries(metafile.outputs[chunk]?.inputs ?? {}).map(([file, { bytesInOutput }]) => [file, bytesInOutput]),
    ),
  )
  const beyondAscii = outputFiles.flatMap(({ text }) => text.match(/[^\0-\x7f]/gu) ?? [])
  return { bytes: all.length, gzip: gzipSync(all).length, files, beyondAscii }
}

function staticChunks({ outputs }: Metafile, entry: string): readonly string[] {
  const first = Object.keys(outputs).find((path) => outputs[path]?.entryPoint === entry)
  const found = new Set(first === undefined ? [] : [first])
  for (const chunk of found)
    for (const { path, kind } of outputs[chunk]?.imports ?? [])
      if (kind !== 'dynamic-import' && path in outputs) found.add(path)
  return [...found]
}

/** Sums the octets up by room and package, the largest first. */
export function byRoom({ files }: StaticGraph): readonly (readonly [room: string, bytes: number])[] {
  const sums = new Map<string, number>()
  for (const [file, bytes] of files) sums.set(roomOf(file), (sums.get(roomOf(file)) ?? 0) + bytes)
  return [...sums].sort(([, a], [, b]) => b - a)
}

const roomOf = (file: string): string =>
  /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? /^src\/[^/]+/.exec(file)?.[0] ?? file

/** Writes the sums as a table. */
export const tableOf = (graph: StaticGraph): string =>
  [
    `${graph.gzip} octets by gzip, ${graph.bytes} octets:`,
    ...byRoom(graph).map(([room, bytes]) => `${String(bytes).padStart(8)} ${room}`),
  ].join('\n')

if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(tableOf(await staticGraphOf(process.cwd(), 'src/worker.ts')))
