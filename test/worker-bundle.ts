import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Plugin as BundlerPlugin, build } from 'esbuild'
import type { Plugin } from 'vite'

const NAME = 'virtual:isolate'
const fileOf = (path: string): string => fileURLToPath(import.meta.resolve(path))
const ENTRY = fileOf('./worker/bundle/entry.ts')

/** The modules of which tests replace a function lead to those that make it replaceable. */
const REPLACEABLE = new Map([
  [fileOf('../src/health/index.ts'), fileOf('./worker/bundle/health.ts')],
  [fileOf('../src/zone/query-path.ts'), fileOf('./worker/bundle/queries.ts')],
])

/**
 * Gives the tests of the Worker `virtual:isolate`: the whole Worker in one module, with a function that evaluates it
 * anew. A new isolate by way of the test runner evaluates hundreds of modules one by one, which takes half a second.
 */
export function workerBundle(): Plugin {
  let bundle: Promise<string> | undefined
  return {
    name: 'worker-bundle',
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load(id) {
      if (id !== `\0${NAME}`) return undefined
      bundle ??= bundleOf()
      return bundle
    },
  }
}

async function bundleOf(): Promise<string> {
  const { outputFiles, metafile } = await build({
    ...{ entryPoints: [ENTRY], write: false, metafile: true, logLevel: 'silent' },
    ...{ bundle: true, format: 'cjs', target: 'es2024', platform: 'neutral', mainFields: ['module', 'main'] },
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    plugins: [replaceable],
  })
  const [{ text } = { text: '' }] = outputFiles
  const outside = [
    ...new Set(
      Object.values(metafile.outputs).flatMap(({ imports }) =>
        imports.filter(({ external }) => external).map(({ path }) => path),
      ),
    ),
  ]
  return [
    ...outside.map((path, index) => `import * as outside${index} from ${JSON.stringify(path)}`),
    `const outside = { ${outside.map((path, index) => `${JSON.stringify(path)}: outside${index}`).join(', ')} }`,
    'const require = (path) => outside[path]',
    'export function startIsolate() { const module = { exports: {} }',
    text,
    'return module.exports }',
  ].join('\n')
}

/** Leads imports of other rooms to the module that makes a function replaceable. */
const replaceable: BundlerPlugin = {
  name: 'replaceable',
  setup({ onResolve }) {
    onResolve({ filter: /(health\/index|zone\/query-path)\.ts$/ }, ({ path, importer, resolveDir }) => {
      const instead = REPLACEABLE.get(join(resolveDir, path))
      return instead === undefined || instead === importer ? undefined : { path: instead }
    })
  },
}
