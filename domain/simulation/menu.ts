/** What is eaten: brands, their dishes, what is asked for with them, and how that is written on an order. */
import type { Random } from './random.ts'
import type { LineBody, ModifierBody } from './webhook-body.ts'

/** Prices are in cents. */
type Choice = { name: string; price: number; choices?: Choice[] }
type Dish = { name: string; price: number; choices: Choice[] }

export type Brand = { name: string; dishes: Dish[] }

const sauces: Choice[] = [
  { name: 'Chipotle mayo', price: 60 },
  { name: 'Garlic aioli', price: 60 },
  { name: 'Hot honey', price: 75 },
  { name: 'No sauce', price: 0 },
]
const drinks: Choice[] = [
  {
    name: 'Cola',
    price: 250,
    choices: [
      { name: 'No ice', price: 0 },
      { name: 'Lemon slice', price: 0 },
    ],
  },
  { name: 'Sparkling water', price: 220 },
  { name: 'Mango lassi', price: 390, choices: [{ name: 'Less sugar', price: 0 }] },
]
const meal: Choice = {
  name: 'Make it a meal',
  price: 450,
  choices: [{ name: 'Large fries', price: 120, choices: sauces }, { name: 'Side salad', price: 0 }, ...drinks],
}

export const brands: readonly Brand[] = [
  {
    name: 'Smash & Sons',
    dishes: [
      {
        name: 'Cheeseburger',
        price: 1200,
        choices: [{ name: 'Extra cheese', price: 100 }, { name: 'Bacon', price: 180 }, meal],
      },
      { name: 'Double smash burger', price: 1490, choices: [{ name: 'Gluten-free bun', price: 150 }, ...sauces, meal] },
      { name: 'Crispy chicken sandwich', price: 1290, choices: [...sauces, meal] },
      { name: 'Loaded fries', price: 790, choices: [{ name: 'Jalapeños', price: 80 }, ...sauces] },
      { name: 'Vanilla shake', price: 640, choices: [{ name: 'Whipped cream', price: 0 }] },
    ],
  },
  {
    name: 'Nonna Lucia',
    dishes: [
      {
        name: 'Pizza Margherita 14"',
        price: 1650,
        choices: [
          {
            name: 'Left half',
            price: 0,
            choices: [
              { name: 'Pepperoni', price: 150 },
              { name: 'Mushrooms', price: 120 },
            ],
          },
          {
            name: 'Right half',
            price: 0,
            choices: [
              { name: 'Prosciutto', price: 250 },
              { name: 'Rucola', price: 100 },
            ],
          },
          { name: 'Thin crust', price: 0 },
        ],
      },
      { name: 'Lasagne al forno', price: 1580, choices: [{ name: 'Extra parmesan', price: 90 }] },
      { name: 'Tiramisù', price: 720, choices: [] },
      {
        name: 'Caesar salad',
        price: 1120,
        choices: [
          { name: 'Grilled chicken', price: 350 },
          { name: 'Dressing aside', price: 0 },
        ],
      },
    ],
  },
  {
    name: 'Seoul Bowl',
    dishes: [
      {
        name: 'Bibimbap 비빔밥',
        price: 1490,
        choices: [
          { name: 'Bulgogi', price: 300, choices: [{ name: 'Extra spicy', price: 0 }] },
          { name: 'Fried egg', price: 120 },
        ],
      },
      {
        name: 'Korean fried chicken',
        price: 1620,
        choices: [
          {
            name: 'Half & half',
            price: 100,
            choices: [
              { name: 'Soy garlic', price: 0 },
              { name: 'Yangnyeom', price: 0 },
            ],
          },
        ],
      },
      { name: 'Kimchi-jjigae', price: 1380, choices: [{ name: 'Extra rice', price: 200 }] },
      { name: 'Tteokbokki', price: 990, choices: [{ name: 'Cheese', price: 150 }] },
    ],
  },
  {
    name: 'Taco Verde',
    dishes: [
      {
        name: 'Tacos al pastor (3)',
        price: 1190,
        choices: [
          { name: 'Extra salsa verde', price: 60 },
          { name: 'No cilantro', price: 0 },
        ],
      },
      {
        name: 'Burrito',
        price: 1350,
        choices: [
          { name: 'Carnitas', price: 150, choices: [{ name: 'Double meat', price: 350 }] },
          { name: 'Guacamole', price: 220 },
          ...drinks,
        ],
      },
      { name: 'Quesadilla', price: 1080, choices: [{ name: 'Mushrooms', price: 120 }] },
      { name: 'Chips & queso', price: 690, choices: [] },
    ],
  },
  {
    name: 'Green Fork',
    dishes: [
      {
        name: 'Harvest bowl',
        price: 1450,
        choices: [
          {
            name: 'Protein',
            price: 0,
            choices: [
              { name: 'Tofu', price: 200 },
              { name: 'Salmon', price: 480 },
            ],
          },
          { name: 'No nuts', price: 0 },
        ],
      },
      { name: 'Lentil soup', price: 780, choices: [{ name: 'Sourdough', price: 150 }] },
      { name: 'Falafel wrap', price: 1120, choices: [{ name: 'Tahini aside', price: 0 }] },
      { name: 'Cold-pressed juice', price: 690, choices: [] },
    ],
  },
  {
    name: 'Sakura Ramen',
    dishes: [
      {
        name: 'Tonkotsu ramen',
        price: 1690,
        choices: [
          { name: 'Ajitama egg', price: 180 },
          {
            name: 'Noodles',
            price: 0,
            choices: [
              { name: 'Firm', price: 0 },
              { name: 'Extra (kaedama)', price: 250 },
            ],
          },
        ],
      },
      {
        name: 'Shoyu ramen',
        price: 1590,
        choices: [
          { name: 'Extra chashu', price: 390 },
          { name: 'Chili oil', price: 50 },
        ],
      },
      { name: 'Gyoza (6)', price: 820, choices: [] },
      {
        name: 'Karaage',
        price: 940,
        choices: [
          { name: 'Lemon', price: 0 },
          { name: 'Kewpie', price: 60 },
        ],
      },
    ],
  },
] // prettier-ignore

const dishInstructions = [
  'No onions',
  'Sauce on the side please',
  'Well done',
  'ALLERGY: peanuts',
  'Cut in four',
  'Extra napkins',
  'Sin cilantro por favor',
  '不要辣',
] as const // prettier-ignore

export const orderNotes = [
  'Please ring the bell twice',
  'Leave at the door, the baby sleeps',
  'No cutlery needed',
  'ALLERGY: sesame. Please keep apart',
  'Happy birthday Zoë! Could you write it on the bag?',
  'Blue Kia, spot 4',
] as const

/**
 * The lines of one order.
 * @param guestIds who eats, undefined for nobody in particular: with more than one, each line says for whom it is
 */
export function writeLines(random: Random, brand: Brand, guestIds: readonly (string | undefined)[]): LineBody[] {
  const lines = guestIds.flatMap((guestId) =>
    Array.from(
      {
        length: random.weighted([
          [5, 1],
          [4, 2],
          [2, 3],
          [1, 5],
        ]),
      },
      () =>
        // prettier-ignore
        writeDish(random, random.pick(brand.dishes), guestIds.length > 1 || random.chance(0.5) ? guestId : undefined),
    ),
  )
  return random.chance(0.15) ? [...lines, markup('Bag fee', 10)] : lines
}

/** What the lines cost together, in cents. */
export function priceOf(lines: readonly (LineBody | ModifierBody)[]): number {
  return lines.reduce((sum, line) => sum + line.quantity * (line.price_amount + priceOf(line.modifiers)), 0)
}

function writeDish(random: Random, dish: Dish, guestId: string | undefined): LineBody {
  return {
    provider_id: idOf('item', dish.name),
    name: dish.name,
    quantity: random.weighted([
      [8, 1],
      [2, 2],
      [0.5, 4],
    ]), // prettier-ignore
    price_amount: dish.price,
    price_currency: 'usd',
    ...(random.chance(0.18) ? { special_instructions: random.pick(dishInstructions) } : {}),
    ...(guestId === undefined ? {} : { customer_id: guestId }),
    modifiers: writeChoices(random, dish.choices),
  }
}

function writeChoices(random: Random, choices: readonly Choice[]): ModifierBody[] {
  return choices
    .filter(() => random.chance(0.35))
    .map((choice) => ({
      provider_id: idOf('modifier', choice.name),
      name: choice.name,
      quantity: random.chance(0.06) ? 2 : 1,
      price_amount: choice.price,
      price_currency: 'usd',
      modifiers: writeChoices(random, choice.choices ?? []),
    }))
}

function markup(name: string, price: number): LineBody {
  return { name, quantity: 1, price_amount: price, price_currency: 'usd', modifiers: [] }
}

const idOf = (kind: string, name: string) => `${kind}_${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')}`
