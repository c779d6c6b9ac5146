import { sqliteDatabase } from '#tests/helpers/databases.ts'
import { storeContract } from './store.contract.ts'

storeContract(sqliteDatabase)
