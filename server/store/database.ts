/**
 * The database as the store uses it, whichever it is. Reading has a client of its own that cannot write; nothing but
 * the writer writes.
 */
import type { Prisma, PrismaClient } from '#prisma/generated/sqlite/client.ts'

/** Both databases have the same models: the type is that of one of the generated clients. */
export type Client = PrismaClient

/** A client inside a transaction. */
export type Transaction = Prisma.TransactionClient

/** Runs a write that is no batch of updates, in a transaction of its own: all of it is stored, or nothing. */
export type Writing = <Result>(work: (client: Transaction) => Promise<Result>) => Promise<Result>

/** How long a transaction may take, and wait for its turn, milliseconds. */
export const inOneGo = { timeout: 60_000, maxWait: 1_000 }
