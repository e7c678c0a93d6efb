import { showCopyButtons } from './copy.ts'
import { showTest } from './test.ts'
import { showToken } from './token.ts'

// The page works without this script. What needs it is hidden until it runs.
const main = document.querySelector('main')
const { host, path, url } = main?.dataset ?? {}
if (host !== undefined && path !== undefined && url !== undefined) {
  showCopyButtons()
  showTest(showToken({ host, path, url }))
}
