import { NothingHere } from '#components/manage/nothing-here.tsx'

export default function NotFound() {
  return <NothingHere />
}
