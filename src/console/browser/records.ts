import type { ListedRrset } from '../../api/index.ts'
import { segmentOf } from '../zone/paths.ts'
import { type RecordRow, rowOf } from '../zone/row.ts'
import { ask, dataOf, tell } from './island.ts'

// Filters the records as one types, and shows more of them where the list ends. The server filters: a zone may be
// large.

type Data = {
  readonly zone: string
  readonly policies: string
  readonly limit: number
  readonly found: number
  readonly shown: number
}
type Listed = { readonly found: number; readonly rrsets: readonly ListedRrset[] }

/** A pause in typing after which the list is asked for, in milliseconds. */
const PAUSE_MS = 200

/** Rows that a page gets: beyond that the filter, or the links to other pages, lead further. */
const MAX_ROWS = 2000

const data = dataOf<Data>('records-data')
const form = document.querySelector<HTMLFormElement>('#filter')
const list = document.querySelector<HTMLElement>('#records')
const more = document.querySelector<HTMLButtonElement>('#more')
const hasNames = list?.querySelector('tbody th a') !== null
let { found, shown } = data
let filter = filterIn()
let asked = 0
/** True from a change of the filter to its reply: the rows that are shown are of the filter before. */
let isFiltering = false

if (form && list && more) {
  let timer = 0
  form.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(() => void filterBy(list, more), PAUSE_MS)
  })
  more.addEventListener('click', () => void addMore(list, more))
  new IntersectionObserver((entries) => {
    if (entries.some(({ isIntersecting }) => isIntersecting)) void addMore(list, more)
  }).observe(more)
  showButton(more)
}

function filterIn(): string {
  const query = new URLSearchParams()
  for (const [name, value] of new FormData(form ?? undefined)) {
    if (typeof value === 'string' && value.trim() !== '') query.set(name, value.trim())
  }
  return query.toString()
}

async function filterBy(list: HTMLElement, more: HTMLButtonElement): Promise<void> {
  const wanted = filterIn()
  isFiltering = wanted !== filter
  if (!isFiltering) {
    // The reply to a filter that is no longer wanted does not count.
    asked++
    return
  }
  const reply = await listed(wanted, 0)
  if (!reply) return
  isFiltering = false
  if (!reply.ok) return tell(`The records cannot be filtered: ${reply.error}`)
  filter = wanted
  found = reply.value.found
  shown = reply.value.rrsets.length
  tableBody(list).replaceChildren(...reply.value.rrsets.map(rowElement))
  window.history.replaceState(null, '', filter === '' ? location.pathname : `?${filter}`)
  list.querySelector('.pager')?.remove()
  showButton(more)
  tell(found === 0 ? 'No record has all of that.' : `${found} rrsets`)
}

let isAdding = false

async function addMore(list: HTMLElement, more: HTMLButtonElement): Promise<void> {
  if (isAdding || isFiltering || more.hidden) return
  isAdding = true
  try {
    const reply = await listed(filter, shown)
    if (!reply) return
    if (!reply.ok) return tell(`The records cannot be read: ${reply.error}`)
    shown += reply.value.rrsets.length
    found = reply.value.found
    tableBody(list).append(...reply.value.rrsets.map(rowElement))
    showButton(more)
  } finally {
    isAdding = false
  }
}

/** Asks for a part of the list. @returns undefined if somebody has typed on since */
async function listed(wanted: string, offset: number) {
  const number = ++asked
  const query = new URLSearchParams(wanted)
  query.set('offset', String(offset))
  query.set('limit', String(data.limit))
  const reply = await ask<Listed>(`zones/${segmentOf(data.zone)}/rrsets?${query}`)
  return number === asked ? reply : undefined
}

function showButton(more: HTMLButtonElement): void {
  const left = found - shown
  more.hidden = left <= 0 || shown >= MAX_ROWS
  more.textContent = `Show ${Math.min(left, data.limit)} more of ${left}`
}

/** Returns the body of the table; makes a table if the page came without one. */
function tableBody(list: HTMLElement): HTMLElement {
  const body = list.querySelector<HTMLElement>('tbody')
  if (body) return body
  const made = element('tbody', '')
  const head = element('thead', '')
  const row = element('tr', '')
  row.append(...['Name', 'Type', 'TTL', 'Records'].map((text) => element('th', text)))
  head.append(row)
  const table = element('table', '')
  table.append(head, made)
  list.replaceChildren(table)
  return made
}

/** Makes the row that the server would write. */
function rowElement(rrset: ListedRrset): HTMLElement {
  const { name, type, ttl, policy, data: texts, more, comments }: RecordRow = rowOf(rrset, data.policies)
  const row = element('tr', '')
  const head = element('th', hasNames ? '' : name)
  head.setAttribute('scope', 'row')
  if (hasNames) head.append(link(`/console/name?${new URLSearchParams({ name, type })}`, name))
  const cell = element('div', '', 'data')
  if (policy) cell.append(link(policy.href, policy.kind, 'kind'))
  cell.append(...texts.map((text) => element('code', text)))
  if (more !== '') cell.append(element('span', more, 'muted'))
  cell.append(...comments.map((text) => element('span', text, 'comment')))
  const last = element('td', '')
  last.append(cell)
  row.append(head, element('td', type), element('td', ttl, 'number'), last)
  return row
}

function link(href: string, text: string, look?: string): HTMLElement {
  const made = element('a', text, look)
  made.setAttribute('href', href)
  return made
}

function element(name: string, text: string, look?: string): HTMLElement {
  const made = document.createElement(name)
  made.textContent = text
  if (look !== undefined) made.className = look
  return made
}
