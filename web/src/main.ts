import { mount } from "svelte";
import App from "./App.svelte";
import "./page.css";
import { apply } from "./words/words.svelte.ts";

apply();
mount(App, { target: document.body });
