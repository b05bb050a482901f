declare module "mgrs/dist/mgrs.esm.js" {
  export function forward(at: [number, number], accuracy?: number): string;
  export function toPoint(mgrs: string): [number, number];
}
