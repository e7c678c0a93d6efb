/** `parseOverrides`, whose code is loaded with the first text: where nothing is forced, no query needs it. */
export const readOverrides = async (text: string) => (await import('./overrides-document.ts')).parseOverrides(text)
