/** Makes the fields work that narrow a list on the same page as one types: `data-filter` has the id of the list's element. */
export function showFilters(): void {
  for (const field of document.querySelectorAll<HTMLInputElement>('input[data-filter]')) {
    const list = document.getElementById(field.dataset.filter ?? '')
    if (!list) continue
    field.addEventListener('input', () => {
      const words = field.value.toLowerCase().split(/\s+/)
      for (const row of list.querySelectorAll<HTMLElement>('tbody tr')) {
        const text = row.textContent?.toLowerCase() ?? ''
        row.hidden = !words.every((word) => text.includes(word))
      }
    })
  }
}
