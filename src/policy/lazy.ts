/** Loads the code of pools that come back gently, and of weights that shift. Few zones have any. */
export const loadPacing = async () => (await import('./pacing/load.ts')).PACING_LOADER
