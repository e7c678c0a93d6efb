import { fileURLToPath } from 'node:url'
import { type Plugin as BundlerPlugin, build } from 'esbuild'
import type { Plugin } from 'vite'

const NAME = 'virtual:isolate'
const ENTRY = fileURLToPath(import.meta.resolve('./worker/bundle/entry.ts'))

/** The modules of which tests replace a function, and the modules that make that function replaceable. */
const REPLACEABLE = new Map([
  ['src/health/index.ts', 'health.ts'],
  ['src/zone/query-path.ts', 'queries.ts'],
])

/**
 * Gives the tests of the Worker `virtual:isolate`: the whole Worker in one module, with a function that evaluates it
 * anew. A new isolate by way of the test runner evaluates hundreds of modules one by one, which takes half a second.
 */
export function workerBundle(): Plugin {
  return {
    name: 'worker-bundle',
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load: (id) => (id === `\0${NAME}` ? bundleOf() : undefined),
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

/** Leads imports from other rooms to the module that makes a function replaceable. */
const replaceable: BundlerPlugin = {
  name: 'replaceable',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /(index|query-path)\.ts$/ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      if (pluginData === 'resolved' || importer.includes('/test/worker/bundle/')) return undefined
      const resolved = await resolve(path, { resolveDir, importer, kind, pluginData: 'resolved' })
      for (const [file, instead] of REPLACEABLE)
        if (resolved.path.endsWith(`/${file}`))
          return { path: fileURLToPath(import.meta.resolve(`./worker/bundle/${instead}`)) }
      return resolved
    })
  },
}
