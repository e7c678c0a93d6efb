import { stampOf } from '../stamp.ts'
import { TOKEN } from '../token.ts'
import { byId } from './elements.ts'

type Server = { readonly host: string; readonly path: string; readonly url: string }

/** The parts of the page's texts that the token is in: the values of `data-fill`. */
type Texts = { readonly path: string; readonly url: string; readonly stamp: string }

/**
 * Shows the field for a token. All lines and the profile's link take the token up; it is stored nowhere.
 * @returns the path to ask, with the token if there is one
 */
export function showToken({ host, path, url }: Server): () => string {
  const field = byId('token-field', HTMLInputElement)
  const problem = byId('token-problem', HTMLElement)
  const profile = byId('profile', HTMLAnchorElement)
  let current = path
  const put = (): void => {
    const token = field.value.trim()
    const isValid = token === '' || TOKEN.test(token)
    problem.textContent = isValid ? '' : 'A token has letters, digits and - . _ ~ alone. The lines are without it.'
    field.setAttribute('aria-invalid', String(!isValid))
    const behind = isValid && token !== '' ? `/${token}` : ''
    current = path + behind
    const texts: Texts = { path: current, url: url + behind, stamp: stampOf({ host, path: current }) }
    for (const place of document.querySelectorAll<HTMLElement>('[data-fill]')) {
      place.textContent = texts[place.dataset.fill as keyof Texts]
    }
    profile.setAttribute('href', `${current}.mobileconfig`)
  }
  const form = byId('token-form', HTMLFormElement)
  form.addEventListener('submit', (event) => event.preventDefault())
  field.addEventListener('input', put)
  form.hidden = false
  // A browser may fill the field again when the reader comes back.
  put()
  return () => current
}
