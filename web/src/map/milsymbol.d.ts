declare module "milsymbol/parts" {
  import type { Symbol } from "milsymbol";
  /** A set of icons; only ever handed on. */
  type Icons = { readonly type: string };
  export const ms: { Symbol: typeof Symbol; addIcons(icons: Icons): void };
  export const numberair: Icons;
  export const numberlandinstallation: Icons;
}
