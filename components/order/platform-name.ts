const names: Record<string, string> = {
  doordash: 'DoorDash',
  doordash_drive: 'DoorDash Drive',
  uber: 'Uber Eats',
  ubereats: 'Uber Eats',
  uber_eats: 'Uber Eats',
  uber_direct: 'Uber Direct',
  grubhub: 'Grubhub',
  postmates: 'Postmates',
  caviar: 'Caviar',
  ezcater: 'ezCater',
  deliveroo: 'Deliveroo',
  just_eat: 'Just Eat',
  skip: 'SkipTheDishes',
  skipthedishes: 'SkipTheDishes',
  rappi: 'Rappi',
  talabat: 'Talabat',
  glovo: 'Glovo',
  wolt: 'Wolt',
  kiwibot: 'Kiwibot',
  relay: 'Relay',
  olo: 'Olo',
}

/** A value that a machine wrote, as words: "some_new_value" → "some new value". */
export function asWords(value: string): string {
  return value.replace(/[_\s]+/g, ' ').trim()
}

/** A platform as it writes itself; one that we do not know, as Stream wrote it. */
export function platformName(source: string): string {
  const key = source
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_')
  return (Object.hasOwn(names, key) ? names[key] : undefined) ?? asWords(source)
}

/** A brand worth showing beside its platform: some senders put the platform's name there. */
export function brandBesides(brand: string | null, source: string | null): string | null {
  if (brand === null) return null
  return source !== null && platformName(brand).toLowerCase() === platformName(source).toLowerCase() ? null : brand
}
