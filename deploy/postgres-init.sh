#!/bin/sh
# Run once by the image of PostgreSQL, when its volume is new (compose.cluster.yaml): a role for Passline that may do
# nothing but what is in its own database. Who may do all has no password then, and comes by the container's socket alone:
#   docker compose --file compose.cluster.yaml exec postgres psql
set -eu
psql --username=postgres --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --set=password="$POSTGRES_PASSWORD" <<'SQL'
CREATE ROLE passline LOGIN PASSWORD :'password';
CREATE DATABASE passline OWNER passline ENCODING 'UTF8' TEMPLATE template0;
ALTER ROLE postgres PASSWORD NULL;
SQL
