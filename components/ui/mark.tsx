import styles from './mark.module.css'

/** How pressing something is. Each has a shape of its own, so that no meaning hangs on a colour. */
export type Tone = 'calm' | 'go' | 'soon' | 'late'

const shapes: Record<Tone, string> = {
  calm: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0 -13zM8 4v4.4l2.8 1.7',
  go: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0 -13zM5 8.3l2.2 2.2l4 -4.6',
  soon: 'M8 1.6L15 14.2H1zM8 6.2v3.6M8 11.9v.2',
  late: 'M5.2 1.2h5.6l4 4v5.6l-4 4H5.2l-4 -4V5.2zM8 4.4v4.4M8 11.3v.2',
}

/** The shape of a tone, beside the words that say the same. */
export function Mark({ tone }: { tone: Tone }) {
  return (
    <svg className={styles.mark} viewBox="0 0 16 16" aria-hidden="true">
      <path d={shapes[tone]} />
    </svg>
  )
}
