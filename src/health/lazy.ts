/** Parses overrides. The code is loaded with the first text: without overrides no query needs it. */
export const readOverrides = async (text: string) => (await import('./overrides-document.ts')).parseOverrides(text)

/** Loads the code of guards, with the first zone that has one. */
export const loadGuards = () => import('./guard/index.ts')
