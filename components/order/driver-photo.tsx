'use client'

import { useState } from 'react'
import styles from './driver-block.module.css'

/** The first letters of the first and the last word, as a person counts letters. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/)
  const chosen = words.length > 1 ? [words[0], words.at(-1)] : [words[0]]
  return chosen
    .map((word) => Array.from(word ?? '')[0] ?? '')
    .join('')
    .toUpperCase()
}

function isSafe(url: string): boolean {
  return URL.canParse(url) && new URL(url).protocol === 'https:'
}

/** The driver's face; initials where there is no picture, or where it does not load. */
export function DriverPhoto({ url, name }: { url: string | null; name: string | null }) {
  const [brokenUrl, setBrokenUrl] = useState<string | null>(null)
  if (url !== null && url !== brokenUrl && isSafe(url)) {
    return (
      // biome-ignore lint/performance/noImgElement: a foreign picture, not to be fetched by our server
      <img
        className={styles.photo}
        src={url}
        alt={name ?? ''}
        referrerPolicy="no-referrer"
        loading="lazy"
        decoding="async"
        onError={() => setBrokenUrl(url)}
      />
    )
  }
  return (
    <span className={styles.photo} aria-hidden="true">
      {name === null ? (
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M12 12a4.2 4.2 0 1 0 0-8.4a4.2 4.2 0 0 0 0 8.4zM3.6 21c.6-4.4 4-6.6 8.4-6.6s7.8 2.2 8.4 6.6z" />
        </svg>
      ) : (
        initialsOf(name)
      )}
    </span>
  )
}
