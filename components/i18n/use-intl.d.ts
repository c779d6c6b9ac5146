import type english from './messages/en.json'

/** English is complete by definition: the compiler checks every key that is asked for against it. */
declare module 'use-intl' {
  interface AppConfig {
    Messages: typeof english
  }
}
