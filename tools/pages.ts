import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { worldSvg } from './world.ts'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const FOLDER = `${ROOT}src/static/`

/** A file that pages load: a name for its path and its constant, its source, and a comment that a licence asks for. */
type Source = { readonly name: string; readonly source: string; readonly notice?: string }

const UPLOT = 'uPlot, Copyright (c) Leon Sorokin, MIT License: https://github.com/leeoniya/uPlot'

const CODEMIRROR =
  'CodeMirror, Copyright (C) 2018-2021 by Marijn Haverbeke and others, MIT License: https://codemirror.net/'

/**
 * The files that pages load. A page names a file by its constant: `console-health` with a script is CONSOLE_HEALTH_JS.
 */
const SOURCES: readonly Source[] = [
  { name: 'icon', source: 'src/landing/browser/icon.svg' },
  { name: 'landing', source: 'src/landing/browser/page.css' },
  { name: 'landing', source: 'src/landing/browser/page.ts' },
  { name: 'console', source: 'src/console/browser/console.css' },
  { name: 'console', source: 'src/console/browser/console.ts' },
  { name: 'console-name', source: 'src/console/browser/name.css' },
  { name: 'console-map', source: 'src/console/browser/map.css' },
  { name: 'console-map', source: 'src/console/browser/maps.ts' },
  { name: 'world', source: 'tools/world.svg' },
  { name: 'console-plot', source: 'src/console/browser/plot.css', notice: UPLOT },
  { name: 'console-zone', source: 'src/console/browser/zone.css' },
  { name: 'console-records', source: 'src/console/browser/records.ts' },
  { name: 'console-edit', source: 'src/console/browser/edit.ts', notice: CODEMIRROR },
  { name: 'console-plot', source: 'src/console/browser/plotted.ts', notice: UPLOT },
]

const EXTENSIONS: Readonly<Record<string, string>> = { css: 'css', ts: 'js', svg: 'svg' }

/** A file as it is built: its path has a hash of its text, so that browsers keep it for ever. */
export type BuiltFile = {
  readonly constant: string
  readonly path: string
  readonly file: string
  readonly text: string
}

/**
 * Builds what browsers load, bundled and minified. The Worker's bundler has no step for that, and browsers run no
 * TypeScript. The name of a file ends with `.txt`: wrangler, vitest and esbuild take such a file as text, and none of
 * them as code.
 */
export const builtFiles = (): Promise<readonly BuiltFile[]> =>
  Promise.all(
    SOURCES.map(async ({ name, source, notice }) => {
      const extension = EXTENSIONS[/[^.]+$/.exec(source)?.[0] ?? ''] as string
      const built = await builtFrom(`${ROOT}${source}`)
      const text = notice === undefined ? built : `/*! ${notice} */\n${built}`
      const file = `${name}-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.${extension}`
      const constant = `${name}-${extension}`.replaceAll('-', '_').toUpperCase()
      return { constant, path: `/static/${file}`, file: `${file}.txt`, text }
    }),
  )

/** Returns the text of src/static/files.ts: a constant for each path, and what loads the file. */
export const filesModule = (files: readonly BuiltFile[]): string =>
  [
    '// Made by `npm run pages` from the sources that tools/pages.ts lists.',
    '',
    ...files.map(({ constant, path }) => `export const ${constant} = '${path}'`),
    '',
    '/** Loads the text of a file, by its path. */',
    'export const LOADERS: ReadonlyMap<string, () => Promise<{ readonly default: string }>> = new Map([',
    ...files.map(({ constant, file }) => `  [${constant}, () => import('./files/${file}')],`),
    '])',
    '',
  ].join('\n')

async function builtFrom(path: string): Promise<string> {
  // Nobody drew this one by hand.
  if (path.endsWith('tools/world.svg')) return worldSvg()
  if (path.endsWith('.svg')) return readFileSync(path, 'utf8').trim()
  const { outputFiles } = await build({
    ...{ entryPoints: [path], write: false, bundle: true, minify: true, format: 'esm', logLevel: 'silent' },
    ...{ target: ['chrome109', 'firefox115', 'safari16'], legalComments: 'none', charset: 'utf8' },
  })
  return outputFiles[0]?.text.trim() ?? ''
}

/** Writes all files, and removes those of older sources. */
async function write(): Promise<void> {
  const files = await builtFiles()
  mkdirSync(`${FOLDER}files`, { recursive: true })
  for (const old of readdirSync(`${FOLDER}files`)) rmSync(`${FOLDER}files/${old}`)
  for (const { file, text } of files) writeFileSync(`${FOLDER}files/${file}`, text)
  writeFileSync(`${FOLDER}files.ts`, filesModule(files))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await write()
