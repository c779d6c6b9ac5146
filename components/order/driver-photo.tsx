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

/** The driver's face over the initials: they stay until a picture is there, so that nothing flickers or breaks. */
export function DriverPhoto({ url, name }: { url: string | null; name: string | null }) {
  return (
    <span className={styles.photo}>
      {name === null ? (
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M12 12a4.2 4.2 0 1 0 0-8.4a4.2 4.2 0 0 0 0 8.4zM3.6 21c.6-4.4 4-6.6 8.4-6.6s7.8 2.2 8.4 6.6z" />
        </svg>
      ) : (
        <span aria-hidden="true">{initialsOf(name)}</span>
      )}
      {url !== null && isSafe(url) && <Picture key={url} url={url} />}
    </span>
  )
}

/** Without a text of its own: the name stands beside it. */
function Picture({ url }: { url: string }) {
  const [isLoaded, setLoaded] = useState(false)
  return (
    // biome-ignore lint/performance/noImgElement: a foreign picture, not to be fetched by our server
    <img
      className={styles.picture}
      src={url}
      alt=""
      data-loaded={isLoaded}
      referrerPolicy="no-referrer"
      decoding="async"
      ref={(image) => {
        if (image?.complete && image.naturalWidth > 0) setLoaded(true)
      }}
      onLoad={() => setLoaded(true)}
      onError={() => setLoaded(false)}
    />
  )
}
