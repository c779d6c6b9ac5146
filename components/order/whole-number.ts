/** Whether a whole number says more than its spoken part: "ORDER-74570" does for "4570", "#4570" does not. */
export function isLonger(number: string, spokenNumber: string): boolean {
  return number.replace(/^[^\p{N}]+/u, '') !== spokenNumber && number !== spokenNumber
}
