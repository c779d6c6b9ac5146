import { sqliteDatabase } from '#tests/helpers/databases.ts'
import { pastContract } from './past.contract.ts'

pastContract(sqliteDatabase)
