# One image for server and commands. docs/operations.md says how it is run.

FROM node:20-bookworm-slim AS build
# The database driver is compiled where no compiled one can be had.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends g++ make python3 \
  && rm -rf /var/lib/apt/lists/*
# Pages stay where they were built: Next finds no package from a folder that was moved.
WORKDIR /app
ENV NEXT_TELEMETRY_DISABLED=1
COPY package.json package-lock.json .npmrc ./
COPY server/prepare.mjs server/
RUN node --eval "import('./server/prepare.mjs').then(({ preparePackages }) => preparePackages())"
COPY . .
# What is optional builds pages and makes pictures smaller: neither happens when it runs.
RUN node server/build.mjs \
  && npm prune --omit=dev --omit=optional \
  && rm -rf .next/cache .next/types .next/diagnostics .next/trace .next/trace-build \
    node_modules/better-sqlite3/deps node_modules/better-sqlite3/src node_modules/better-sqlite3/build/Release/obj*

FROM node:20-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production \
  NEXT_TELEMETRY_DISABLED=1 \
  DATABASE_URL=file:/data/passline.db \
  PASSLINE_DATA_FOLDER=/data
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/.next ./.next
COPY --from=build /app/build ./build
COPY package.json next.config.js ./
COPY prisma/sqlite/migrations ./prisma/sqlite/migrations
COPY prisma/postgres/migrations ./prisma/postgres/migrations
COPY deploy/passline ./deploy/passline
RUN ln -s /app/deploy/passline /usr/local/bin/passline \
  && install --directory --owner=node --group=node --mode=0700 /data
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "--eval", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/api/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node is the first process of the container: it listens to SIGTERM itself, and starts no other process.
CMD ["node", "build/main.mjs"]
