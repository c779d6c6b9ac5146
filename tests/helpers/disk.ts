/** Disks of their own for tests of faults: mounted for one test, as root. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

function run(command: string, ...parameters: string[]): void {
  const { status, stderr, error } = spawnSync(command, parameters, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${parameters.join(' ')}: ${stderr}${error ?? ''}`)
}

/** A small disk in memory. */
export function memoryDisk(mebibytes: number) {
  const folder = mkdtempSync(path.join(tmpdir(), 'passline-disk-'))
  run('mount', '-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder)
  const filler = path.join(folder, 'filler')
  return {
    folder,
    /** Takes all that is free. */
    fill: () => {
      try {
        writeFileSync(filler, Buffer.alloc(mebibytes * 1024 * 1024))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
    },
    /** Gives it back. */
    empty: () => rmSync(filler, { force: true }),
    [Symbol.dispose]: () => {
      run('umount', '--lazy', folder)
      rmSync(folder, { recursive: true })
    },
  }
}

/** A disk with a file system of its own, in a file. */
export function fileDisk(mebibytes: number) {
  const place = mkdtempSync(path.join(tmpdir(), 'passline-disk-'))
  const [image, folder] = [path.join(place, 'image'), path.join(place, 'disk')]
  run('truncate', '-s', `${mebibytes}M`, image)
  run('mkfs.ext4', '-q', '-F', image)
  run('mkdir', folder)
  const mount = () => run('mount', '-o', 'loop,errors=remount-ro', image, folder)
  const disks = () => readdirSync('/sys/fs/ext4')
  const before = disks()
  mount()
  return {
    folder,
    /** Everything that writes to it waits. */
    freeze: () => run('fsfreeze', '--freeze', folder),
    thaw: () => run('fsfreeze', '--unfreeze', folder),
    /** It finds an error in itself, and from then on can only be read: nothing that is open can be written. */
    breakDown: () => {
      const [own] = disks().filter((name) => !before.includes(name))
      writeFileSync(path.join('/sys/fs/ext4', own ?? '', 'trigger_fs_error'), 'a test')
    },
    /** Mends it, which needs it unmounted: nothing may have a file open on it. */
    mend: () => {
      run('umount', folder)
      spawnSync('e2fsck', ['-fy', image])
      mount()
    },
    [Symbol.dispose]: () => {
      run('umount', '--lazy', folder)
      rmSync(place, { recursive: true })
    },
  }
}
