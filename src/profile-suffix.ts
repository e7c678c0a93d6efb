/**
 * A configuration profile of Apple's for an endpoint has the endpoint's path, with a token in it or without, with this
 * behind it.
 */
export const PROFILE_SUFFIX = '.mobileconfig'
