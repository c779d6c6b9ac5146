/** People who order and who drive: the scripts and accents that a board meets. */
import type { Random } from './random.ts'

const givenNames = [
  'Marcus',
  'Ann',
  'Priya',
  'Tyler',
  'Brianna',
  'Deshawn',
  'Kayla',
  'Omar',
  'Grace',
  'Ivan',
  'Leila',
  'Noah',
  'José',
  'Zoë',
  'Renée',
  'Łukasz',
  'Søren',
  'Núria',
  'Çağla',
  'Thị Hương',
  'Siobhán',
  'Jürgen',
  'Ngozi',
  'Mateo',
] // prettier-ignore

const familyNames = [
  'Johnson',
  'Okafor',
  'García',
  'Nguyễn',
  'Kowalski',
  'Smith',
  'O’Brien',
  'Müller',
  'Patel',
  'Haddad',
  'Ferreira',
  'Lindström',
  'Dvořák',
  'Brown',
  'Adeyemi',
  'Kim',
  'Rossi',
  'van der Berg',
  'Yılmaz',
  'Washington',
] // prettier-ignore

const wholeNames = [
  '王小明',
  '李娜',
  '陳怡君',
  '张伟',
  '林志豪',
  'محمد العلي',
  'فاطمة الزهراء',
  'أحمد حسن',
  'سارة إبراهيم',
  'Дмитрий Соколов',
  'Оксана Шевченко',
  '김민준',
  '田中さくら',
  'אברהם כהן',
  'สมชาย ใจดี',
  'राहुल शर्मा',
  'Γιώργος Παπάς',
] // prettier-ignore

const phoneAreas = ['212', '312', '415', '646', '713', '718', '917'] as const

/** A name as a person writes it at home: mostly Latin, one in six in another script. */
export function personName(random: Random): string {
  return random.chance(1 / 6) ? random.pick(wholeNames) : `${random.pick(givenNames)} ${random.pick(familyNames)}`
}

/** A name as platforms shorten it for the counter: `Marcus O.`; other scripts are given whole. */
export function shortName(random: Random): string {
  if (random.chance(1 / 5)) return random.pick(wholeNames)
  return `${random.pick(givenNames)} ${random.pick(familyNames).charAt(0).toUpperCase()}.`
}

/** A number from the block that is kept free for fiction (555-0100 to 555-0199). */
export function phoneNumber(random: Random): string {
  return `+1${random.pick(phoneAreas)}55501${random.text(2, '0123456789')}`
}
