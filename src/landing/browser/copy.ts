import { byId } from './elements.ts'

const SHOWN_MS = 2000

/** Shows the buttons that copy the text beside them, and tells readers of the screen what happened. */
export function showCopyButtons(): void {
  const status = byId('status', HTMLElement)
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-copy]')) {
    const code = byId(button.dataset.copy ?? '', HTMLElement)
    button.hidden = false
    button.addEventListener('click', async () => {
      status.textContent = ''
      const isCopied = await copy(code)
      const label = byId(`${code.id}-label`, HTMLElement).textContent
      status.textContent = isCopied ? `Copied: ${label}` : `The browser does not let this page copy. Selected: ${label}`
      button.textContent = isCopied ? 'Copied' : 'Selected'
      setTimeout(() => {
        button.textContent = 'Copy'
      }, SHOWN_MS)
    })
  }
}

/** Without a secure context, or the permission, the text is selected for the reader to copy. */
async function copy(code: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(code.textContent ?? '')
    return true
  } catch {
    getSelection()?.selectAllChildren(code)
    return false
  }
}
