'use client'

import { type ReactNode, useEffect, useState } from 'react'
import { useTranslations } from 'use-intl'
import { Button } from '#components/ui/button.tsx'
import { Identifier, identifierTag, whoTag } from '#components/ui/identifier.tsx'
import type { DriverView, OrderView } from '#domain/order-view.ts'
import styles from './driver-block.module.css'
import { DriverPhoto } from './driver-photo.tsx'
import { platformName } from './platform-name.ts'
import { useScreen } from './screen-context.tsx'
import { knownColour } from './vehicle-colour.ts'

type Props = {
  order: OrderView
  /** Open: everything, to compare with who stands there. Folded: who it is, in one line. */
  isOpen: boolean
}

/** Who takes the order away: what staff compare with the person, the car or the robot in front of them. */
export function DriverBlock({ order, isOpen }: Props) {
  return (
    <>
      <CurrentDriver order={order} isOpen={isOpen} />
      <PreviousDrivers of={order.previousDrivers} />
    </>
  )
}

function CurrentDriver({ order, isOpen }: Props) {
  const t = useTranslations()
  const { guestsCanSee } = useScreen()
  const { driver } = order
  if (driver === null) {
    if (order.progress === 'none') return null
    const key = order.isGone ? 'goneUnknown' : order.isHere ? 'hereUnknown' : 'onTheWayUnknown'
    return <p className={styles.unknown}>{t(`driver.${key}`)}</p>
  }
  if (driver.released) {
    return (
      <p className={styles.released}>
        <strong>{t('driver.findingNew')}</strong> (<Was driver={driver} />)
      </p>
    )
  }
  if (order.lane === 'preparing') return null
  if (isOpen) return <DriverDetails order={order} driver={driver} />
  return (
    <details className={styles.folded}>
      <summary>
        <DriverLine driver={driver} isPlateShown={!guestsCanSee} />
      </summary>
      <DriverDetails order={order} driver={driver} isFolded />
    </details>
  )
}

/** For how long what somebody asked to see stays, where guests see it too. */
const shownForMs = 30_000

/** Folded where guests can see the screen; what was unfolded folds itself again. */
function Proofs({ children }: { children: ReactNode }) {
  const t = useTranslations('driver.guests')
  const { guestsCanSee } = useScreen()
  const [isShown, setIsShown] = useState(!guestsCanSee)
  useEffect(() => {
    if (!guestsCanSee || !isShown) return
    const timer = setTimeout(() => setIsShown(false), shownForMs)
    return () => clearTimeout(timer)
  }, [guestsCanSee, isShown])
  if (!guestsCanSee) return children
  return (
    <>
      <Button kind="plain" action="show-proofs" onPress={() => setIsShown(!isShown)}>
        {t(isShown ? 'hide' : 'show')}
      </Button>
      {isShown && children}
    </>
  )
}

/** Enough to know who is meant: name, vehicle, plate. */
function DriverLine({ driver, isPlateShown }: { driver: DriverView; isPlateShown: boolean }) {
  const t = useTranslations()
  const { vehicle } = driver
  return (
    <span className={styles.line}>
      <span className={styles.who}>
        <span className={styles.lineName}>
          {vehicle.isAutonomous && <RobotBadge />}
          <bdi>{driver.name ?? t(vehicle.isAutonomous ? 'driver.robot' : 'driver.unnamed')}</bdi>
        </span>
        <Vehicle of={vehicle} />
      </span>
      {isPlateShown && <Plate of={vehicle.licensePlate} />}
    </span>
  )
}

type DetailsProps = { order: OrderView; driver: DriverView; isFolded?: boolean }

function DriverDetails({ order, driver, isFolded = false }: DetailsProps) {
  const t = useTranslations()
  const { guestsCanSee } = useScreen()
  const { vehicle } = driver
  const platform = driver.source !== null && driver.source !== order.source ? platformName(driver.source) : null
  return (
    <section className={styles.details} aria-label={t('driver.label')}>
      {!isFolded && (
        <div className={styles.person}>
          {!vehicle.isAutonomous && <DriverPhoto url={driver.pictureUrl} name={driver.name} />}
          <div className={styles.who}>
            <p className={styles.name}>
              {vehicle.isAutonomous && <RobotBadge />}
              <bdi>{driver.name ?? t(vehicle.isAutonomous ? 'driver.robot' : 'driver.unnamed')}</bdi>
            </p>
            <Vehicle of={vehicle} />
          </div>
        </div>
      )}
      <Proofs>
        <div className={styles.proofs}>
          {/* Once the food has left, nobody has to prove anything any more. */}
          {!order.isGone && order.end === null && <Passcode driver={driver} />}
          {(!isFolded || guestsCanSee) && <Plate of={vehicle.licensePlate} />}
        </div>
        <p className={styles.contact}>
          {platform !== null && <bdi>{platform}</bdi>}
          {driver.phone !== null && !vehicle.isAutonomous && (
            <span>
              {driver.phone.code === null
                ? t.rich('driver.dial', { number: driver.phone.number, ...identifierTag })
                : t.rich('driver.dialThen', { number: driver.phone.number, code: driver.phone.code, ...identifierTag })}
            </span>
          )}
        </p>
      </Proofs>
      {driver.handoffInstructions !== null && (
        <p className={styles.handOff}>
          <span className={styles.label}>{t('driver.handOff')}</span> <bdi>{driver.handoffInstructions}</bdi>
        </p>
      )}
    </section>
  )
}

function RobotBadge() {
  const t = useTranslations()
  return (
    <span className={styles.robot}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d="M8 1v2.5M3 4.5h10v7.5H3zM5.8 7.4v1.2M10.2 7.4v1.2M4.5 14.5h1M10.5 14.5h1" />
      </svg>
      {t('driver.robot')}
    </span>
  )
}

function Passcode({ driver }: { driver: DriverView }) {
  const t = useTranslations()
  if (driver.passcode === null) return null
  const isNew = driver.passcodeChangedAt !== null
  return (
    <p className={styles.passcode} data-passcode>
      <span className={styles.label}>
        {t('driver.passcode')}
        {isNew && <strong className={styles.changed}>{t('driver.newCode')}</strong>}
      </span>
      {driver.vehicle.isAutonomous ? (
        <span className={styles.enter}>
          {t.rich('driver.enterOnRobot', {
            passcode: driver.passcode,
            id: (inside) => (
              <strong>
                <Identifier>{inside}</Identifier>
              </strong>
            ),
          })}
        </span>
      ) : (
        <strong>
          <Identifier>{driver.passcode}</Identifier>
        </strong>
      )}
    </p>
  )
}

function Plate({ of: plate }: { of: string | null }) {
  const t = useTranslations()
  if (plate === null) return null
  return (
    <span className={styles.plate} data-plate>
      <span className="visually-hidden">{t('driver.plate')} </span>
      <Identifier>{plate}</Identifier>
    </span>
  )
}

function Vehicle({ of: vehicle }: { of: DriverView['vehicle'] }) {
  const t = useTranslations()
  const colour = vehicle.color === null ? null : knownColour(vehicle.color)
  const makeAndModel = [vehicle.make, vehicle.model].filter((part) => part !== null).join(' ')
  if (vehicle.color === null && makeAndModel === '') return null
  return (
    <span className={styles.vehicle}>
      {colour && <span className={styles.swatch} style={{ background: colour.swatch }} />}
      {vehicle.color !== null && <bdi>{colour ? t(`colour.${colour.name}`) : vehicle.color}</bdi>}
      {makeAndModel !== '' && <bdi>{makeAndModel}</bdi>}
    </span>
  )
}

function PreviousDrivers({ of: drivers }: { of: readonly DriverView[] }) {
  if (drivers.length === 0) return null
  return (
    <p className={styles.previous}>
      {drivers.map((driver, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: earlier drivers keep their places
        <span key={index}>
          <Was driver={driver} />
        </span>
      ))}
    </p>
  )
}

function Was({ driver }: { driver: DriverView }) {
  const t = useTranslations()
  return (
    <bdi>{driver.name === null ? t('driver.wasUnnamed') : t.rich('driver.was', { name: driver.name, ...whoTag })}</bdi>
  )
}
