import { showCopyButtons } from './copy.ts'
import { showTest } from './test.ts'
import { showToken } from './token.ts'

// The page works without this script. What needs it is hidden until it runs, and what replaces that is hidden then.
const main = document.querySelector('main')
const { host, path, url } = main?.dataset ?? {}
if (host !== undefined && path !== undefined && url !== undefined) {
  for (const text of document.querySelectorAll<HTMLElement>('[data-without-script]')) text.hidden = true
  showCopyButtons()
  showTest(showToken({ host, path, url }))
}
