/** @type {import('next').NextConfig} */
export default {
  poweredByHeader: false,
  // Photos are the platforms' own: no page of ours has others made smaller here.
  images: { unoptimized: true },
  // A title comes with its page: a streamed one goes for a moment whenever the page is read again.
  htmlLimitedBots: /.*/,
  // The custom server in server/ serves; these stay outside the bundles that Next builds.
  serverExternalPackages: ['better-sqlite3', '@prisma/client', '@prisma/adapter-better-sqlite3', 'pino'],
  turbopack: {
    resolveAlias: {
      // Pages hand on compiled messages (components/i18n/compiled-messages.ts), so no browser needs to parse them.
      'use-intl/format-message': 'use-intl/format-message/format-only',
      // Of the ways that Socket.IO knows, the one that boards use.
      './transports/index.js': './components/live/websocket-only.js',
    },
  },
}
