/** Prisma's adapter for PostgreSQL as its schema engine needs it, to read how tables are. For development and tests. */
import { PrismaPg } from '@prisma/adapter-pg'
import { ColumnTypeEnum, type SqlQuery } from '@prisma/driver-adapter-utils'
import { connectionOf, schemaOf } from '#server/store/postgres/connection.ts'

/** The number of the type "char", which stands in PostgreSQL's own tables, and that of text. */
const [charType, textType] = [18, 25]

type Answered = { fields: { dataTypeID: number }[]; rows: unknown[] }

class DescribingAdapter extends PrismaPg {
  /** The adapter takes "char" for no type it knows, and refuses it; the engine knows it. */
  override async connect() {
    const adapter = await super.connect()
    const inner = adapter as unknown as { performIO: (query: SqlQuery) => Promise<Answered> }
    const perform = inner.performIO.bind(adapter)
    const queryRaw = adapter.queryRaw.bind(adapter)
    const characters = new WeakMap<object, number[]>()
    inner.performIO = async (query) => {
      const { fields, ...answered } = await perform(query)
      characters.set(
        answered.rows,
        fields.flatMap(({ dataTypeID }, index) => (dataTypeID === charType ? [index] : [])),
      )
      const known = fields.map((field) => (field.dataTypeID === charType ? { ...field, dataTypeID: textType } : field))
      return { ...answered, fields: known }
    }
    adapter.queryRaw = async (query) => {
      const told = await queryRaw(query)
      for (const index of characters.get(told.rows) ?? []) told.columnTypes[index] = ColumnTypeEnum.Character
      return told
    }
    return adapter
  }
}

export function describingAdapter(databaseUrl: string): PrismaPg {
  return new DescribingAdapter({ ...connectionOf(databaseUrl, 'care'), max: 1 }, { schema: schemaOf(databaseUrl) })
}
