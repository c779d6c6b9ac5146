/** What screens and server may ask of each other; apart from the schemas, for browsers need no more than the numbers. */

export const maximumLocationsPerScreen = 20

/** More paints than this between two beats are not told one by one. */
export const maximumPaints = 100
