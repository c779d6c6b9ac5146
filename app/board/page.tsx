export default function BoardPage() {
  return <main>board</main>
}
