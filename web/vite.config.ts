import { svelte } from "@sveltejs/vite-plugin-svelte";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

// The page is served by a node at /centre/ with a content-security policy that allows no inline script and no inline
// style: everything is a file of its own, and addresses are relative, so that the page does not care where it is mounted.
export default defineConfig({
  plugins: [svelte()],
  base: "./",
  publicDir: false,
  // The symbols' library names its parts in a file that its package does not export; the whole of it is thrice as large.
  resolve: { alias: { "milsymbol/parts": fileURLToPath(new URL("node_modules/milsymbol/index.mjs", import.meta.url)) } },
  build: {
    outDir: "../src/entente/web/static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // a data: address would need a hole in the policy
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200, // the map's engine is one piece
    license: { fileName: "licences.txt" },
  },
});
