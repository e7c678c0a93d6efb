import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const FOLDER = fileURLToPath(new URL('../src/landing/', import.meta.url))
const FILE = `${FOLDER}files.ts`

/** The files that pages load: a constant in files.ts, the source, and the media type. */
const SOURCES = [
  { constant: 'STYLE', source: 'page.css', extension: 'css', type: 'text/css; charset=UTF-8' },
  { constant: 'SCRIPT', source: 'page.ts', extension: 'js', type: 'text/javascript; charset=UTF-8' },
  { constant: 'ICON', source: 'icon.svg', extension: 'svg', type: 'image/svg+xml' },
]

/**
 * Returns the text of src/landing/files.ts: what browsers load, bundled and minified, under paths with a hash of it. The
 * Worker's bundler has no step for that, and browsers run no TypeScript.
 */
export async function filesModule(): Promise<string> {
  const files = await Promise.all(
    SOURCES.map(async ({ constant, source, extension, type }) => {
      const text = await builtFrom(`${FOLDER}browser/${source}`)
      const hash = createHash('sha256').update(text).digest('hex').slice(0, 16)
      return { constant, path: `/static/${hash}.${extension}`, type, text }
    }),
  )
  return [
    '// Made by `npm run pages` from the sources in browser/.',
    '',
    '/** A file that pages load. Its path has a hash of its text, so that browsers keep it for ever. */',
    'export type PageFile = { readonly type: string; readonly text: string }',
    '',
    ...files.map(({ constant, path }) => `export const ${constant}_PATH = '${path}'`),
    '',
    'export const FILES: ReadonlyMap<string, PageFile> = new Map([',
    ...files.map(({ constant, type, text }) => `[${constant}_PATH, { type: '${type}', text: ${literal(text)} }],`),
    '])',
    '',
  ].join('\n')
}

async function builtFrom(path: string): Promise<string> {
  if (path.endsWith('.svg')) return readFileSync(path, 'utf8').trim()
  const { outputFiles } = await build({
    ...{ entryPoints: [path], write: false, bundle: true, minify: true, format: 'esm', logLevel: 'silent' },
    ...{ target: ['chrome109', 'firefox115', 'safari16'], legalComments: 'none', charset: 'utf8' },
  })
  return outputFiles[0]?.text.trim() ?? ''
}

/** Writes a text in single quotes, which the formatter prefers where it has fewer of them. */
const literal = (text: string): string => JSON.stringify(text)

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FILE, await filesModule())
