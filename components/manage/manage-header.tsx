'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { useTranslations } from 'use-intl'
import { ask } from '#components/account/ask.ts'
import { Control } from './control.tsx'
import styles from './manage-header.module.css'

const everybodysPages = ['screens', 'locations', 'orders', 'account'] as const
const ownersPages = ['screens', 'locations', 'orders', 'senders', 'people', 'refusals', 'audit', 'account'] as const

/** Where one is, who one is, and the ways from here; the same on every page. */
export function ManageHeader({ name, isOwner, isSecure }: { name: string; isOwner: boolean; isSecure: boolean }) {
  const t = useTranslations()
  const path = usePathname()
  const pages = isOwner ? ownersPages : everybodysPages
  // Whether or not it is answered, who comes to /login signs in anew.
  const signOut = () => void ask('manager/sign-out').then(() => location.assign('/login'))
  return (
    <header className={styles.header}>
      <a className={styles.skip} href="#content">
        {t('manage.skip')}
      </a>
      <div className={styles.inside}>
        <p className={styles.product}>Passline</p>
        <p className={styles.who}>
          <span className="visually-hidden">{t('manage.signedIn')}</span> <bdi>{name}</bdi>
        </p>
        <Control onPress={signOut}>{t('manage.signOut')}</Control>
        <nav className={styles.nav} aria-label={t('manage.nav.label')}>
          <ul>
            {pages.map((page) => {
              const href = `/manage/${page}`
              return (
                <li key={page}>
                  <Link
                    href={href}
                    prefetch={false}
                    aria-current={path === href ? 'page' : isBelow(path, page) ? 'true' : undefined}
                  >
                    {t(`manage.nav.${page}`)}
                  </Link>
                </li>
              )
            })}
          </ul>
        </nav>
      </div>
      {!isSecure && <p className={styles.notice}>{t('account.notEncrypted')}</p>}
    </header>
  )
}

/** Pages without an entry of their own belong to one that has. */
function isBelow(path: string | null, page: string): boolean {
  return page === 'screens' && (path === '/manage/pair' || path === '/manage/here')
}
