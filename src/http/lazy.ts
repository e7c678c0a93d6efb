/** Loads the API's router, which no DNS query needs. */
export const loadApi = async () => (await import('./api.ts')).createApi()
