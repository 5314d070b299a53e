export const expectedTotal = (count: number): number => count * 21;
